import { describe, expect, it } from 'vitest'
import { deleteOf } from '../../spec/generate/index.js'
import { removalOf } from '../../spec/terms/build-batch.js'
import { u64 } from '../../spec/terms/numbers.js'
import { type BatchCall, HARVEST, type Operation } from '../../spec/terms/operation.js'
import type { Run } from '../../spec/terms/page-set.js'
import type { Seen } from '../../spec/terms/result.js'
import { begins, ends, judged, whole } from '../generate/records.js'
import { bits, data, GET, OK, read, SET, SETTLED, write, wrote } from './logged-slot.fixture.js'

/*
 * KVM copies the data and then marks the page (`__kvm_write_guest_page`, `emulator_cmpxchg_emulated`), and holds no lock that
 * a GET takes. So another vCPU may read the data, and a harvest come and go, before the page is marked.
 */

const clear = (page: number): Operation => ({
  op: 'clear-dirty',
  as: 0,
  id: 0,
  first: u64(0),
  count: 4,
  pages: [[page, 1]],
})
const batch = (...entries: BatchCall['entries']): Operation => ({
  op: 'batch',
  as: 0,
  flags: HARVEST,
  resultSize: u64(0x10000),
  entries,
})
const retired = (...runs: readonly Run[]): Seen => ({
  is: 'ok',
  retired: runs.length === 0 ? [] : [{ id: 0, base: 0, npages: 4, count: runs.length, bits: runs }],
})

/** Thread 0 writes page 1, and thread 1 has read what it wrote; the write has not ended. */
const SEEN = [...SETTLED, begins(1, write(1)), ...whole(2, read(1), data('77'))]
const is = (...records: Parameters<typeof judged> extends [unknown, ...infer R] ? R : never) =>
  judged({}, ...records).is

describe('a write whose data another vCPU has read', () => {
  it('may still have to be marked: a harvest misses it, and the next one reports it', () => {
    expect(is(SEEN, whole(3, GET, bits()), ends(1, wrote), whole(4, GET, bits(1)))).toBe('conforms')
    expect(is(SEEN, begins(3, GET, 2), ends(1, wrote), ends(3, bits()), whole(4, GET, bits(1)))).toBe(
      'conforms',
    )
  })

  it('may have been marked: the first harvest reports it, and the next one does not', () => {
    expect(is(SEEN, whole(3, GET, bits(1)), ends(1, wrote), whole(4, GET, bits()))).toBe('conforms')
    expect(is(SEEN, begins(3, GET, 2), ends(1, wrote), ends(3, bits(1)), whole(4, GET, bits()))).toBe(
      'conforms',
    )
  })

  it('is marked once: it is reported by one harvest and by no other', () => {
    expect(is(SEEN, whole(3, GET, bits()), ends(1, wrote), whole(4, GET, bits()))).toBe('deviates')
    expect(is(SEEN, whole(3, GET, bits(1)), ends(1, wrote), whole(4, GET, bits(1)))).toBe('deviates')
    const three = [...whole(3, GET, bits()), ...whole(4, GET, bits(1))]
    expect(is(SEEN, three, whole(5, GET, bits()), ends(1, wrote), whole(6, GET, bits()))).toBe('conforms')
    expect(is(SEEN, three, whole(5, GET, bits(1)), ends(1, wrote))).toBe('deviates')
    expect(is(SEEN, three, ends(1, wrote), whole(6, GET, bits(1)))).toBe('deviates')
  })

  it('marks a page again that was dirty already: two harvests report it', () => {
    const dirty = [...SETTLED, ...whole(80, write(1, '66'), wrote)]
    const seen = [begins(1, write(1)), ...whole(2, read(1), data('77')), ...whole(3, GET, bits(1))]
    expect(is(dirty, seen, ends(1, wrote), whole(4, GET, bits(1)))).toBe('conforms')
    expect(is(dirty, seen, ends(1, wrote), whole(4, GET, bits()))).toBe('conforms')
    expect(is(dirty, seen, ends(1, wrote), whole(4, GET, bits(0, 1)))).toBe('deviates')
  })

  it('is marked once it has ended: a harvest that begins then reports it', () => {
    expect(is(SEEN, ends(1, wrote), whole(3, GET, bits(1)))).toBe('conforms')
    expect(is(SEEN, ends(1, wrote), whole(3, GET, bits()))).toBe('deviates')
  })

  it('is marked before the slots change: an update that ends its log waits for it', () => {
    const gone = batch(removalOf(0))
    expect(is(SEEN, whole(3, gone, retired([1, 1])), ends(1, wrote))).toBe('conforms')
    expect(is(SEEN, whole(3, gone, retired()), ends(1, wrote))).toBe('deviates')
  })

  it('is marked before the slots change: a slot that is made again is clean', () => {
    const again = [...whole(3, deleteOf(0), OK), ...whole(4, SET, OK), ends(1, wrote)]
    expect(is(SEEN, again, whole(5, GET, bits()))).toBe('conforms')
    expect(is(SEEN, again, whole(5, GET, bits(1)))).toBe('deviates')
  })

  it('is marked late under manual protect too: a CLEAR comes and goes, and the page is dirty', () => {
    const manual: Operation = {
      op: 'enable-cap',
      cap: 'manual-dirty-log-protect2',
      flags: 0,
      args: [u64(1)],
    }
    const dirty = [...whole(89, manual, OK), ...SETTLED, ...whole(80, write(1, '66'), wrote)]
    const cleared = [begins(1, write(1)), ...whole(2, read(1), data('77')), ...whole(3, clear(1), OK)]
    expect(is(dirty, cleared, ends(1, wrote), whole(4, GET, bits(1)))).toBe('conforms')
    expect(is(dirty, cleared, ends(1, wrote), whole(4, GET, bits()))).toBe('conforms')
    expect(is(dirty, whole(3, clear(1), OK), whole(4, GET, bits(1)))).toBe('deviates')
  })

  it('may be one of several, each marked in its own time', () => {
    const both = [
      ...SETTLED,
      begins(1, write(1)),
      begins(5, write(2, '88', 1), 1),
      ...whole(2, read(1, 0), data('77')),
      ...whole(3, read(2, 0), data('88')),
    ]
    const ended = [ends(1, wrote), ends(5, wrote)]
    const told = (first: readonly number[], second: readonly number[]) =>
      is(both, whole(6, GET, bits(...first)), ended, whole(7, GET, bits(...second)))
    expect([told([1], [2]), told([2], [1]), told([], [1, 2]), told([1, 2], [])]).toEqual(
      Array(4).fill('conforms'),
    )
    expect([told([1], []), told([1], [1, 2]), told([], [1])]).toEqual(Array(3).fill('deviates'))
  })

  it('may be a read-modify-write, or the processor’s update of a table entry', () => {
    const rmw: Operation = { op: 'rmw', vcpu: 0, gfn: 1, offset: 0, data: '77' }
    const update: Operation = { op: 'ad-update', vcpu: 0, gfn: 1, offset: 0, data: '7700000000000000' }
    for (const [operation, end] of [
      [rmw, data('00')],
      [update, wrote],
    ] as const) {
      const seen = [...SETTLED, begins(1, operation), ...whole(2, read(1), data('77'))]
      expect(is(seen, whole(3, GET, bits()), ends(1, end), whole(4, GET, bits(1)))).toBe('conforms')
      expect(is(seen, whole(3, GET, bits()), ends(1, end), whole(4, GET, bits()))).toBe('deviates')
    }
  })
})

describe('a write whose data nobody has read', () => {
  it('may be read between two harvests of which neither reports it', () => {
    const two = [begins(1, write(1)), ...whole(3, GET, bits()), ...whole(2, read(1), data('77'))]
    expect(is(SETTLED, two, whole(4, GET, bits()), ends(1, wrote), whole(5, GET, bits(1)))).toBe('conforms')
    expect(is(SETTLED, two, whole(4, GET, bits()), ends(1, wrote), whole(5, GET, bits()))).toBe('deviates')
  })

  it('is read after a harvest that began before: the harvest may lie between data and mark', () => {
    const overlap = [begins(1, write(1)), begins(3, GET, 2), ...whole(2, read(1), data('77'))]
    const late = [ends(1, wrote), ends(3, bits()), ...whole(4, GET, bits(1))]
    expect(is(SETTLED, overlap, late)).toBe('conforms')
    expect(is(SETTLED, overlap, [...late, ...whole(5, GET, bits(1))])).toBe('deviates')
  })
})

describe('a write by a processor that is not exact', () => {
  const inexact = (...records: Parameters<typeof is>) => judged({ exact: false }, ...records).is
  const raced = (by: 'hardware' | 'emulator') => [
    ...SETTLED,
    begins(1, { ...write(1), by } as Operation),
    ...whole(3, GET, bits(1)),
    ends(1, wrote),
  ]

  it('may be marked by a fault before it is made, and once more after a harvest: two report it', () => {
    expect(inexact(raced('hardware'), whole(4, GET, bits(1)))).toBe('conforms')
    expect(inexact(raced('hardware'), whole(4, GET, bits()))).toBe('conforms')
  })

  it('is reported by at least one, and by none before it begins or long after it has ended', () => {
    const missed = [begins(1, write(1)), ...whole(3, GET, bits()), ends(1, wrote)]
    expect(inexact(SETTLED, missed, whole(4, GET, bits()))).toBe('deviates')
    expect(inexact(SETTLED, whole(3, GET, bits(1)))).toBe('deviates')
    expect(inexact(raced('hardware'), whole(4, GET, bits(1)), whole(5, GET, bits(1)))).toBe('deviates')
  })

  it('is another matter where the emulator makes it, which marks after the data, or where it is exact', () => {
    expect(inexact(raced('emulator'), whole(4, GET, bits(1)))).toBe('deviates')
    expect(is(raced('hardware'), whole(4, GET, bits(1)))).toBe('deviates')
  })
})
