import { describe, expect, it } from 'vitest'
import { deleteOf, seeded } from '../../spec/generate/index.js'
import type { Seen } from '../../spec/terms/result.js'
import { historyOf, SMALL } from '../generate/history.js'
import { begins, ends, judged, traceOf, whole } from '../generate/records.js'
import { checkTrace } from './checker.js'
import { bits, data, GET, OK, read, SETTLED, write, wrote } from './logged-slot.fixture.js'

describe('a harvest that races with a write', () => {
  const race = [...SETTLED, begins(1, write(1)), begins(2, GET, 1)]

  it('may miss the write, and then the next harvest reports it', () => {
    expect(judged({}, race, ends(2, bits()), ends(1, wrote), whole(3, GET, bits(1))).is).toBe('conforms')
    expect(judged({}, race, ends(1, wrote), ends(2, bits()), whole(3, GET, bits(1))).is).toBe('conforms')
  })
  it('may report the write, and then the next harvest does not', () => {
    expect(judged({}, race, ends(2, bits(1)), ends(1, wrote), whole(3, GET, bits())).is).toBe('conforms')
  })
  it('may not lose the write', () => {
    const { deviations } = judged({}, race, ends(2, bits()), ends(1, wrote), whole(3, GET, bits()))
    expect(deviations.map(d => d.n)).toEqual([3])
    expect(deviations[0]?.refuted[0]).toMatchObject({
      rule: 'get.consume',
      reason: { premise: 'reports-every-write' },
    })
  })
  it('may not report the write twice', () => {
    const { deviations } = judged({}, race, ends(2, bits(1)), ends(1, wrote), whole(3, GET, bits(1)))
    expect(deviations.map(d => d.n)).toEqual([3])
  })
  it('may not report the write before it began', () => {
    const { deviations } = judged({}, SETTLED, begins(2, GET, 1), ends(2, bits(1)), whole(1, write(1), wrote))
    expect(deviations.map(d => d.n)).toEqual([2])
  })
})

describe('accesses in flight at once', () => {
  it('read one write or the other, and two readers agree on which came last', () => {
    const race = [
      ...SETTLED,
      begins(1, write(0, '11')),
      begins(2, write(0, '22', 1)),
      ends(1, wrote),
      ends(2, wrote),
    ]
    expect(judged({}, race, whole(3, read(0), data('11')), whole(4, read(0), data('11'))).is).toBe('conforms')
    expect(judged({}, race, whole(3, read(0), data('22'))).is).toBe('conforms')
    expect(judged({}, race, whole(3, read(0), data('00'))).is).toBe('deviates')
    expect(judged({}, race, whole(3, read(0), data('11')), whole(4, read(0), data('22'))).is).toBe('deviates')
  })

  it('see a deletion before or after, but never memory again after a hole', () => {
    const race = [...SETTLED, begins(1, deleteOf(0)), begins(2, read(0)), begins(3, read(0, 0))]
    const mmio: Seen = { is: 'access', end: 'mmio' }
    expect(judged({}, race, ends(2, mmio), ends(3, data('00')), ends(1, OK)).is).toBe('conforms')
    expect(
      judged({}, race, ends(2, mmio), whole(4, read(0), data('00')), ends(3, mmio), ends(1, OK)).is,
    ).toBe('deviates')
  })

  it('of generated histories conform, whatever overlaps', () => {
    for (let seed = 1; seed <= 60; seed++) {
      const config = {
        ...SMALL,
        exact: seed % 2 === 0,
        allocations: seed % 5 === 0 ? 'may fail' : 'succeed',
      } as const
      const verdict = checkTrace(traceOf(config, ...historyOf(seeded(seed), 40, config, 4).records))
      expect([seed, verdict.is, verdict.deviations.map(d => d.n)]).toEqual([seed, 'conforms', []])
    }
  })
})
