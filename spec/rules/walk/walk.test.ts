import { describe, expect, it } from 'vitest'
import { machineAfter } from '../../generate/index.js'
import { step } from '../../rewrite/index.js'
import type { Cells } from '../../terms/cells.js'
import { u64 } from '../../terms/numbers.js'
import type { FetchPathOperation } from '../../terms/operation.js'
import { fetchPathRelation } from '../fetch-path.js'
import { pathsOf } from '../paths.js'
import { LA, OPEN, start } from './four-level.fixture.js'

const fetch: FetchPathOperation = { op: 'fetch-instruction', vcpu: 0, rip: u64(LA), length: 2 }
const rulesOf = (cells: Cells, operation = fetch): readonly string[] =>
  pathsOf(cells, operation)[0]?.rules.map(({ id }) => id) ?? []

describe('a walk', () => {
  it('is rewritten one step at a time, level by level', () => {
    expect(rulesOf(start())).toEqual([
      ...['fetch.begin', 'linear.long', 'walk.4-level'],
      ...['walk.table', 'walk.level', 'walk.table', 'walk.level', 'walk.table', 'walk.level'],
      ...['walk.table', 'walk.leaf', 'walk.may-fetch', 'fetch.translated', 'fetch.bytes'],
    ])
  })

  it('checks rights only after the last entry: an absent entry below is reported first', () => {
    const cells = start({ 3: OPEN & ~4n, 1: OPEN & ~1n })
    expect(rulesOf(cells).slice(-3)).toEqual(['walk.table', 'walk.not-present', 'fault.page'])
  })

  it('sets accessed bits top-down, one a step, and marks the page of each table', () => {
    const cells = start({ 4: OPEN & ~0x20n, 3: OPEN & ~0x20n, 2: OPEN & ~0x20n, 1: OPEN & ~0x20n })
    const [way] = pathsOf(cells, fetch)
    expect(way?.rules.filter(({ id }) => id === 'walk.accessed')).toHaveLength(4)
    expect(way?.cells.spaces[0]?.slots[0]?.dirty?.set).toEqual([1, 5])
  })

  it('sets no bit where the fetch faults, and where the processor walks any of those above', () => {
    const clear = OPEN & ~0x20n
    const cells = start({ 4: clear, 3: clear, 2: clear, 1: clear & ~1n })
    expect(pathsOf(cells, fetch)).toHaveLength(1)
    expect(pathsOf(cells, fetch)[0]?.cells.memory).toBe(cells.memory)
    expect(pathsOf(cells, { ...fetch, by: 'hardware' })).toHaveLength(8)
  })

  it('at every step has one rule that applies, unless the processor may choose', () => {
    for (const entries of [
      {},
      { 2: 0n },
      { 3: 1n << 47n },
      { 1: OPEN & ~0x20n },
      { 2: OPEN | (1n << 63n) },
    ]) {
      const [way] = pathsOf(start(entries), fetch)
      for (const state of way?.states ?? [])
        if (state.returned === null) expect(step(fetchPathRelation, state)).toHaveLength(1)
    }
  })

  it('of a table the host cannot read is a fault to KVM’s walker, and EFAULT to the processor below a second stage', () => {
    const ends = (rights: 'none' | 'read', entry: bigint, by: 'emulator' | 'hardware') => {
      const hva = u64(0x1001 * 4096)
      const cells = machineAfter(start({ 1: entry }), { op: 'host-protect', hva, size: u64(4096), rights })
      return pathsOf(cells, { ...fetch, by }).map(way => way.rules.at(-1)?.id)
    }
    expect(ends('none', OPEN, 'emulator')).toEqual(['fault.page'])
    expect(ends('none', OPEN, 'hardware')).toEqual(['walk.table-bad-hva-tdp'])
    expect(ends('read', OPEN, 'emulator')).toEqual(['fetch.bytes'])
    expect(ends('read', OPEN & ~0x20n, 'emulator')).toEqual(['fault.page'])
    expect(ends('read', OPEN, 'hardware')).toEqual(['walk.table-unwritable-tdp', 'fetch.bytes'])
    expect(ends('read', OPEN & ~0x20n, 'hardware')).toEqual([
      'walk.table-unwritable-tdp',
      'walk.accessed-bad-hva-tdp',
    ])
  })
})
