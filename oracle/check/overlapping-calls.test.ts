import { describe, expect, it } from 'vitest'
import { setOf } from '../../spec/generate/index.js'
import { addressOf } from '../../spec/terms/numbers.js'
import type { Operation } from '../../spec/terms/operation.js'
import type { Seen } from '../../spec/terms/result.js'
import { begins, ends, judged, whole } from '../generate/records.js'
import { OK, SET } from './logged-slot.fixture.js'

const failed = (errno: string): Seen => ({ is: 'error', errno })
const at = (gfn: number): Operation => ({ op: 'lookup', as: 0, gfn })
const there = (id: number, page: number, hva: number): Seen => ({
  is: 'ok',
  found: { id, page, hva: addressOf(hva), ro: false, log: true },
})
const hole: Seen = { is: 'ok', found: null }

describe('two calls in flight at once', () => {
  const other = setOf([1, 2, 4, 64])
  const both = [begins(1, SET, 0), begins(2, other, 1)]

  it('conform where one order explains both answers, whichever of them returns first', () => {
    const [first, second] = [ends(1, failed('EEXIST')), ends(2, OK)]
    expect(judged({}, both, first, second).is).toBe('conforms')
    expect(judged({}, both, second, first).is).toBe('conforms')
    expect(judged({}, both, ends(1, OK), ends(2, failed('EEXIST'))).is).toBe('conforms')
  })

  it('deviate where no order explains both: two overlapping slots cannot both be created, nor both be refused', () => {
    const succeed = judged({}, both, ends(1, OK), ends(2, OK))
    expect(succeed.deviations.map(d => [d.n, d.allowed.map(a => a.is)])).toEqual([[2, ['error']]])
    const fail = judged({}, both, ends(1, failed('EEXIST')), ends(2, failed('EEXIST')))
    expect(fail.deviations.map(d => [d.n, d.allowed.map(a => a.is)])).toEqual([[2, ['done']]])
  })

  it('leave only the order that explains their answers', () => {
    const won = [both, ends(1, OK), ends(2, failed('EEXIST'))]
    expect(judged({}, ...won, whole(3, at(0), there(0, 0, 16))).is).toBe('conforms')
    expect(judged({}, ...won, whole(3, at(5), hole)).is).toBe('conforms')
    expect(judged({}, ...won, whole(3, at(5), there(1, 3, 67))).is).toBe('deviates')
  })

  it('may be ordered by their generations alone', () => {
    const [a, b] = [setOf([0, 0, 1, 0]), setOf([1, 1, 1, 0])]
    const answered = (one: number, two: number) =>
      judged(
        {},
        begins(1, a),
        begins(2, b),
        ends(1, { is: 'ok', generation: one }),
        ends(2, { is: 'ok', generation: two }),
      ).is
    expect([answered(2, 4), answered(4, 2), answered(2, 2), answered(4, 4)]).toEqual([
      'conforms',
      'conforms',
      'deviates',
      'deviates',
    ])
  })

  it('that do not overlap in time keep their order: the second sees what the first did', () => {
    expect(judged({}, whole(1, SET, OK), whole(2, at(0), hole)).is).toBe('deviates')
    expect(judged({}, begins(1, SET), begins(2, at(0), 1), ends(1, OK), ends(2, hole)).is).toBe('conforms')
    expect(judged({}, begins(1, SET), begins(2, at(0), 1), ends(2, there(0, 0, 16)), ends(1, OK)).is).toBe(
      'conforms',
    )
  })

  it('are explained by the machine on which the effect took place, not by the one after it', () => {
    // The look-up saw the slot, so the call has had its effect by then: it cannot have been refused.
    const { deviations } = judged(
      {},
      begins(1, SET),
      whole(2, at(0), there(0, 0, 16)),
      ends(1, failed('EEXIST')),
    )
    expect(deviations).toHaveLength(1)
    expect(deviations[0]?.differences.beforeToAllowed).toContainEqual(
      expect.stringContaining('slot 0 appears'),
    )
    const overlap = deviations[0]?.refuted.find(({ rule }) => rule === 'set.overlap')
    expect(overlap?.reason.premise).toBe('range-free')
  })
})
