import { describe, expect, it } from 'vitest'
import type { MutantsReport } from '../../../mutation/patches/index.js'
import { memslot } from '../../captured.js'
import { statusOfMutants } from './mutants.js'

const report = (caught: number, run: number, total: number): MutantsReport => ({
  schema: 'memslot-mutants',
  version: 1,
  mutants: Array.from({ length: run }, (_, i) => ({
    id: `fault-${i}`,
    class: 'S',
    source: 'impl',
    caughtBy: i < caught ? 'conform' : null,
    how: 'cases',
    cases: i < caught ? 1 : 0,
    ms: 1,
  })),
  total,
  caught,
  interrupted: false,
})

describe('memslot mutants', () => {
  it('refuses a mutant that does not exist', async () => {
    const { out, err, status } = await memslot(['mutants', '--only', 'no-such-fault'])
    expect([out, err, status]).toEqual(['', expect.stringContaining('there is no mutant no-such-fault'), 2])
  })

  it.each([
    ['every mutant was caught', report(3, 3, 3), 0],
    ['one survived', report(2, 3, 3), 1],
    ['one was not run', report(2, 2, 3), 3],
    ['there was none', report(0, 0, 0), 3],
    ['it was interrupted', { ...report(1, 1, 3), interrupted: true }, 130],
  ])('has its status where %s', (_, ran, status) => expect(statusOfMutants(ran)).toBe(status))
})
