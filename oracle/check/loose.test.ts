import { describe, expect, it } from 'vitest'
import { batchOf, entryOf, seeded, setOf } from '../../spec/generate/index.js'
import { u64 } from '../../spec/terms/numbers.js'
import type { Operation } from '../../spec/terms/operation.js'
import { historyOf, SMALL } from '../generate/history.js'
import { judged, traceOf, whole } from '../generate/records.js'
import { checkTrace } from './checker.js'

const verdictOn = (errors: 'strict' | 'loose', operation: Operation, errno: string, index?: number) =>
  judged({ errors }, whole(1, operation, { is: 'error', errno, ...(index === undefined ? {} : { index }) }))
    .is

describe('loose errors', () => {
  const twice = setOf([0, 0, 4, 0], { size: u64(1), argument: 'bad', caller: 'stranger' })

  it('allow any error that is true of the call, where strict ones allow the first', () => {
    const verdicts = (errors: 'strict' | 'loose') =>
      ['EIO', 'EFAULT', 'EINVAL'].map(e => verdictOn(errors, twice, e))
    expect(verdicts('strict')).toEqual(['conforms', 'deviates', 'deviates'])
    expect(verdicts('loose')).toEqual(['conforms', 'conforms', 'conforms'])
  })

  it('allow no error that is not true of the call, and no success in place of one', () => {
    expect(verdictOn('loose', twice, 'EEXIST')).toBe('deviates')
    expect(judged({ errors: 'loose' }, whole(1, twice, { is: 'ok' })).is).toBe('deviates')
    expect(verdictOn('loose', setOf([0, 0, 4, 0]), 'EINVAL')).toBe('deviates')
  })

  it('of a batch may have the index of any entry at fault, and of no other', () => {
    const entries = [
      entryOf([0, 0, 1, 0]),
      entryOf([1, 1, 1, 1], { size: u64(7) }),
      entryOf([2, 2, 1, 2], { hva: u64(9) }),
    ]
    const indices = (errors: 'strict' | 'loose') =>
      [-1, 0, 1, 2, 3].filter(index => verdictOn(errors, batchOf(entries), 'EINVAL', index) === 'conforms')
    expect([indices('strict'), indices('loose')]).toEqual([[1], [1, 2]])
  })

  it('leave one candidate, since a failed call changes nothing', () => {
    const verdict = judged({ errors: 'loose' }, whole(1, twice, { is: 'error', errno: 'EIO' }))
    expect(verdict.width).toBe(1)
  })

  it('allow every history that strict errors allow', () => {
    for (let seed = 1; seed <= 40; seed++) {
      const { records } = historyOf(seeded(seed), 30, SMALL, 1 + (seed % 2))
      expect([seed, checkTrace(traceOf({ ...SMALL, errors: 'loose' }, ...records)).is]).toEqual([
        seed,
        'conforms',
      ])
    }
  })
})
