import { describe, expect, it } from 'vitest'
import { deleteOf, setOf } from '../../spec/generate/index.js'
import { u64 } from '../../spec/terms/numbers.js'
import type { Operation } from '../../spec/terms/operation.js'
import { begins, ends, judged, whole } from '../generate/records.js'
import { bits, data, GET, OK, settledWith, write, wrote } from './logged-slot.fixture.js'

/*
 * `kvm_get_dirty_log_protect` and `kvm_clear_dirty_log_protect` go through the bitmap word by word, from the first, and
 * `mark_page_dirty_in_slot` holds no lock that they take: a harvest of many pages is no snapshot.
 */

const SET = setOf([0, 0, 128, 512, 'L'])
const SETTLED = settledWith(SET)
const MANUAL: Operation = { op: 'enable-cap', cap: 'manual-dirty-log-protect2', flags: 0, args: [u64(1)] }
const is = (...records: Parameters<typeof judged> extends [unknown, ...infer R] ? R : never) =>
  judged({}, ...records).is

/** Two writes, one after the other, while a harvest is in progress; what it told, and what the next one tells. */
const raced = (
  first: number,
  second: number,
  told: readonly number[],
  then: readonly number[],
  operation: Operation = GET,
) =>
  is(
    SETTLED,
    begins(1, operation, 9),
    whole(2, write(first), wrote),
    whole(3, write(second), wrote),
    ends(1, bits(...told)),
    whole(4, operation, bits(...then)),
  )

describe('a harvest during which two pages are written, one after the other,', () => {
  it('may tell the later write and not the earlier one, where its page comes first in the log', () => {
    expect(raced(0, 100, [100], [0])).toBe('conforms')
    expect(raced(31, 32, [32], [31])).toBe('conforms')
  })

  it('loses neither, and tells neither twice', () => {
    expect(raced(0, 100, [100], [])).toBe('deviates')
    expect(raced(0, 100, [100], [0, 100])).toBe('deviates')
    expect(raced(0, 100, [0, 100], [0])).toBe('deviates')
    expect(raced(0, 100, [0, 100], [])).toBe('conforms')
    expect(raced(0, 100, [], [0, 100])).toBe('conforms')
    expect(raced(0, 100, [0], [100])).toBe('conforms')
  })

  it('goes through the log from its first page on: it does not tell the later write alone where that comes first', () => {
    expect(raced(100, 0, [0], [100])).toBe('deviates')
    expect(raced(100, 0, [100], [0])).toBe('conforms')
  })

  it('takes an aligned group of 32 pages at once', () => {
    expect(raced(0, 31, [31], [0])).toBe('deviates')
    expect(raced(64, 95, [95], [64])).toBe('deviates')
  })

  it('under manual protect only reads, in the same order', () => {
    const told = (...pages: readonly number[]) =>
      is(
        whole(80, MANUAL, OK),
        SETTLED,
        begins(1, GET, 9),
        whole(2, write(0), wrote),
        whole(3, write(100), wrote),
        ends(1, bits(...pages)),
        whole(4, GET, bits(0, 100)),
      )
    expect([told(100), told(0), told(), told(0, 100)]).toEqual(Array(4).fill('conforms'))
  })
})

describe('a CLEAR during which two pages are written', () => {
  const CLEAR: Operation = {
    ...{ op: 'clear-dirty', as: 0, id: 0, first: u64(0), count: 128 },
    pages: [
      [0, 1],
      [100, 1],
    ],
  }
  const then = (...pages: readonly number[]) =>
    is(
      whole(80, MANUAL, OK),
      SETTLED,
      begins(1, CLEAR, 9),
      whole(2, write(0), wrote),
      whole(3, write(100), wrote),
      ends(1, OK),
      whole(4, GET, bits(...pages)),
    )

  it('may clear the later write and not the earlier one, where its page comes first', () => {
    expect([then(0), then(100), then(), then(0, 100)]).toEqual(Array(4).fill('conforms'))
  })
})

describe('a harvest in parts', () => {
  it('keeps other calls waiting: an update comes before it or after it', () => {
    const again = [...whole(3, deleteOf(0), OK), ...whole(4, SET, OK)]
    const read: Operation = { op: 'read', vcpu: 1, gfn: 0, offset: 0, size: 1 }
    // The first write has been read, so that it is one to the slot that was deleted.
    const written = [begins(2, write(0)), ...whole(8, read, data('77'))]
    const told = (...pages: readonly number[]) =>
      is(
        SETTLED,
        written,
        begins(1, GET, 9),
        again,
        ends(2, wrote),
        whole(5, write(100), wrote),
        ends(1, bits(...pages)),
      )
    expect([told(0), told(100), told()]).toEqual(Array(3).fill('conforms'))
    expect(told(0, 100)).toBe('deviates')
  })

  it('may have any number of parts, and whatever page it tells, it tells those written before it and further on', () => {
    const during = [127, 70, 40, 0].flatMap((page, i) => whole(2 + i, write(page), wrote))
    const told = (first: readonly number[], then: readonly number[]) =>
      is(SETTLED, begins(1, GET, 9), during, ends(1, bits(...first)), whole(9, GET, bits(...then)))
    expect(told([127], [0, 40, 70])).toBe('conforms')
    expect(told([40, 70, 127], [0])).toBe('conforms')
    expect(told([0, 70], [40, 127])).toBe('deviates')
    expect(told([70], [0, 40, 127])).toBe('deviates')
  })
})
