import { describe, expect, it } from 'vitest'
import { deleteOf, machineOf, setOf, slotOf } from '../../spec/generate/index.js'
import { identity } from '../../spec/rewrite/index.js'
import type { Cells } from '../../spec/terms/cells.js'
import { u64 } from '../../spec/terms/numbers.js'
import { type Access, type By, isVirtual, type Operation, type SetCall } from '../../spec/terms/operation.js'
import { entryBytes } from '../../spec/terms/paging/entry.js'
import type { Parameters } from '../../spec/terms/parameters.js'
import type { Result } from '../../spec/terms/result.js'
import { atRest, effectsOf } from '../effects.js'
import { type Begun, type Candidate, candidateAtRest, takenBy } from './candidate.js'
import { nameOfMachine, nameOfResult } from './name.js'
import { withEffect } from './pending.js'

/*
 * One event, told in two ways: a change in the middle of an access (`between`), and two threads that overlap. Both must
 * allow the same ends and leave the same machine, for every access by every path, whatever Linux does to its slot.
 */

const HOST = 0x100
/** 32-bit paging: directory, table and both pages of an access that crosses, in the four frames of the slot that changes. */
const [ROOT, TABLE, PAGE_1, PAGE_2] = [4, 5, 6, 7] as const
const OPEN = 0x47 // accessed clear, dirty set
const SLOT = setOf([1, ROOT, 4, HOST, 'L'])
/** Over its own range: frames 5 to 7 are mapped before and after, at other host pages. */
const MOVE = setOf([1, ROOT + 1, 4, HOST, 'L'])
const FAILED: SetCall = { ...MOVE, allocation: 'late' }
const DELETE = deleteOf(1)

const put = (page: number, index: number, frame: number): Operation => ({
  op: 'poke',
  hva: u64((HOST + page) * 4096 + index * 4),
  data: entryBytes(BigInt(frame * 4096 + OPEN), 4),
})
const tell = (page: number, offset: number): Operation => ({
  op: 'poke',
  hva: u64((HOST + page) * 4096 + offset),
  data: `a${page}`.repeat(4),
})
const registers: Operation = {
  ...{ op: 'registers', vcpu: 0, cr0: u64(0x8001_0001), cr3: u64(ROOT * 4096), cr4: u64(0), efer: u64(0) },
  ...{ rflags: u64(2), cpl: 0, cs: { base: u64(0), limit: 0xffff_ffff, d: true, l: false } },
}
const through = (cells: Cells, operations: readonly Operation[]): Cells =>
  operations.reduce((on, operation) => {
    const [effect, other] = effectsOf(on, operation)
    if (effect === undefined || other !== undefined) throw new Error(`${operation.op} has one effect`)
    return atRest(effect.cells)
  }, cells)

/** A machine with the tables; `first` comes after the registers were loaded. */
const machine = (params: Partial<Parameters>, ...first: readonly Operation[]): Cells =>
  through(machineOf([slotOf([1, ROOT, 4, HOST, 'L'])], { profile: 'linux', kernel: '6.12', ...params }), [
    { op: 'create-vcpu', vcpu: 0 },
    ...[put(0, 0, TABLE), put(1, 0, PAGE_1), put(1, 1, PAGE_2)],
    // What the tables are after the move, one page on: a walk there begins at what was the table.
    ...[put(2, 0, PAGE_1), put(2, 1, PAGE_2)],
    // Each host page can be told by its bytes, in the middle and at its end.
    ...[0, 1, 2, 3].flatMap(page => [8, 0xffc].map(offset => tell(page, offset))),
    registers,
    ...first,
  ])

const WAYS: readonly By[] = ['emulator', 'hardware']
const at = { vcpu: 0, offset: 8 }
const byFrame = (gfn: number): readonly Access[] => [
  ...[undefined, ...WAYS].flatMap((by): readonly Access[] => {
    const path = by === undefined ? {} : { by }
    return [
      { op: 'read', gfn, ...at, size: 2, ...path },
      { op: 'fetch', gfn, ...at, size: 2, ...path },
      { op: 'write', gfn, ...at, data: 'c1c2', ...path },
      { op: 'rmw', gfn, ...at, data: 'c3c4', ...path },
    ]
  }),
  { op: 'walk', gfn, ...at, size: 8 },
  { op: 'ad-update', gfn, ...at, data: '2700000000000080' },
  { op: 'kernel-access', gfn, offset: 8, size: 2 },
  { op: 'kernel-access', gfn, offset: 8, size: 2, cached: true },
  { op: 'kernel-access', gfn, offset: 8, size: 2, data: 'c5c6' },
]
const CROSSING = u64(0xffe)
const byAddress: readonly Access[] = WAYS.flatMap((by): readonly Access[] => [
  { op: 'fetch-instruction', vcpu: 0, rip: CROSSING, length: 4, by },
  ...(['read', 'write', 'fetch'] as const).map(
    access => ({ op: 'translate', vcpu: 0, gva: CROSSING, access, by }) as const,
  ),
  { op: 'read-virtual', vcpu: 0, gva: CROSSING, size: 4, by },
  { op: 'write-virtual', vcpu: 0, gva: CROSSING, data: 'c7c8c9ca', by },
  { op: 'rmw-virtual', vcpu: 0, gva: CROSSING, data: 'cbcccdce', device: 'd1d2d3d4', by },
])
const ACCESSES: readonly Access[] = [...byFrame(ROOT), ...byFrame(PAGE_1), ...byAddress]

const named = (result: Result, cells: Cells): string =>
  `${nameOfResult(result)} ${nameOfMachine(atRest(cells))}`
const alone = (cells: Cells, operation: Operation): readonly Cells[] =>
  effectsOf(cells, operation).map(effect => atRest(effect.cells))
const ended = (cells: Cells, operation: Operation, then: readonly Operation[] = []): readonly string[] =>
  effectsOf(cells, operation).flatMap(({ result, cells: after }) =>
    then
      .reduce<readonly Cells[]>((all, next) => all.flatMap(one => alone(one, next)), [atRest(after)])
      .map(one => named(result, one)),
  )

/** More look-ups than an access makes: one by frame; else three for each page, and by the emulator again to store. */
const lookUpsOf = (access: Access): readonly number[] => [...Array(isVirtual(access) ? 14 : 2).keys()]

/** The access with one of the calls in its middle, or before, between or after them. */
const asBetween = (start: Cells, access: Access, calls: readonly SetCall[]): ReadonlySet<string> => {
  const found = new Set<string>()
  let machines: readonly Cells[] = [start]
  for (const [i, operation] of calls.entries()) {
    const then = calls.slice(i)
    for (const cells of machines) {
      for (const one of ended(cells, access, then)) found.add(one)
      for (const after of lookUpsOf(access))
        for (const one of ended(cells, { ...access, between: { after, operation } }, then.slice(1)))
          found.add(one)
    }
    machines = machines.flatMap(cells => alone(cells, operation))
  }
  for (const cells of machines) for (const one of ended(cells, access)) found.add(one)
  return found
}

/** The access in one thread, and the calls in another: it begins with the first of them and ends before the last returns. */
const asTwoThreads = (start: Cells, access: Access, calls: readonly SetCall[]): ReadonlySet<string> => {
  const ACCESS = 99
  const asked = (operation: Operation): Begun => ({ operation, chosen: null })
  let candidates: readonly Candidate[] = [candidateAtRest(start)]
  const reach = (n: number, call: number, operation: SetCall): void => {
    const begun = new Map([
      [ACCESS, asked(access)],
      [call, asked(operation)],
    ])
    const reached = withEffect(candidates, n, begun, 4096, p => p)
    expect(reached.complete).toBe(true)
    candidates = reached.candidates
  }
  for (const [i, operation] of calls.entries()) {
    const isLast = i === calls.length - 1
    if (isLast) reach(ACCESS, i, operation)
    reach(i, i, operation)
    candidates = candidates.map(p => ({ ...p, taken: p.taken.filter(t => t.n !== i) }))
  }
  return new Set(
    candidates.map(p => {
      const taken = takenBy(p, ACCESS)
      if (taken === null) throw new Error('the access has ended')
      return named(taken.result, p.cells)
    }),
  )
}

const CHANGES: Readonly<
  Record<string, { readonly first: readonly Operation[]; readonly calls: readonly SetCall[] }>
> = {
  'moves it over its own range': { first: [], calls: [MOVE] },
  'fails to move it over its own range': { first: [], calls: [FAILED] },
  'deletes it': { first: [], calls: [DELETE] },
  'makes it again': { first: [DELETE], calls: [SLOT] },
  'deletes it and makes it again': { first: [], calls: [DELETE, SLOT] },
}
const PROFILES: Readonly<Record<string, Partial<Parameters>>> = {
  'below a second stage': {},
  'with shadow paging': { secondStage: 'shadow' },
  'where faults at INVALID are not retried': { invalid: 'hole' },
}

const isExchange = (access: Access): boolean => access.op === 'rmw-virtual' && access.by === 'emulator'
/**
 * An exchange whose load has exited is two accesses: between its load, of which the deletion took both pages or the second, and
 * its store the slot may be back. No single call in its middle says this. What was read, and the exits, which the store has none of.
 */
const exit = (frame: number) => `{gpa:${frame * 4096}n,size:2}`
const OF_TWO_CALLS = [
  ['d1d2d3d4', `{gpa:${PAGE_2 * 4096 - 2}n,size:2},${exit(PAGE_2)}`],
  ['a2a2d1d2', exit(PAGE_2)],
]

const nameOf = (access: Access): string => {
  const { op, ...rest } = access
  return `${op} ${identity(rest)}`
}

describe.each(Object.entries(PROFILES))('%s', (_, params) => {
  describe.each(Object.entries(CHANGES))('while another thread %s', (__, { first, calls }) => {
    const start = machine(params, ...first)
    it.each(ACCESSES.map(access => [nameOf(access), access] as const))(
      '%s ends in the middle of the call as it does in a thread of its own',
      (___, access) => {
        const between = asBetween(start, access, calls)
        const threads = asTwoThreads(start, access, calls)
        const more = [...threads].filter(one => !between.has(one))
        expect(more.map(one => /^ammio,null,(\w+)\{mmio:\[([^\]]*)\]/.exec(one)?.slice(1, 3))).toEqual(
          isExchange(access) && calls.length === 2 ? OF_TWO_CALLS : [],
        )
        expect([...between].filter(one => !threads.has(one))).toEqual([])
      },
    )
  })
})

describe('the comparison', () => {
  it('is of accesses that meet the window: an emulated read of a moving slot ends in three ways', () => {
    const read: Access = { op: 'read', vcpu: 0, gfn: PAGE_1, offset: 8, size: 2, by: 'emulator' }
    expect(asBetween(machine({}), read, [MOVE]).size).toBe(3)
  })
})
