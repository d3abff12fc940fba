import { describe, expect, it } from 'vitest'
import { memslot } from '../../command/captured.js'
import { implTarget } from '../../targets/impl.js'
import { programTarget } from '../../targets/stdio/target.js'
import { compiled, hasCompiler } from './compiled.fixture.js'
import { PROPERTIES } from './invariants.js'
import { programPlays } from './plays.js'
import { runPrograms } from './run.js'

/**
 * Seconds that are enough by far: the run ends with the first violation. Which one is found first depends on how the threads
 * meet; what each of them is called is tested on histories written by hand (invariants.test.ts, run-script.test.ts).
 */
const ENOUGH = 120

describe('the plays as programs whose threads run at the same time', () => {
  it('find no promise broken by the implementation, and all of them are asked', async () => {
    const { plays, histories, skipped } = await runPrograms({ target: implTarget, seconds: 4, seed: 1 })
    expect([plays.flatMap(({ violations }) => violations), histories.deviations, skipped]).toEqual([
      [],
      [],
      [],
    ])
    expect(plays.map(({ play }) => play)).toEqual(programPlays.map(({ id }) => id))
    expect(histories.episodes).toBeGreaterThan(0)
  })

  it.skipIf(!hasCompiler)(
    'find out an implementation in C that blocks nothing and waits for nobody',
    async () => {
      const target = programTarget([compiled('-DYIELDING')])
      const { plays, histories } = await runPrograms({ target, seconds: ENOUGH, seed: 1 })
      const named = [
        ...plays.flatMap(({ violations }) => violations.map(({ property }) => property)),
        ...histories.deviations.map(({ says }) => says.slice(0, says.indexOf(':'))),
      ]
      expect(named).toHaveLength(1)
      expect(PROPERTIES).toContain(named[0])
    },
    1000 * (ENOUGH + 30),
  )

  it.skipIf(!hasCompiler)('find nothing in the same implementation where accesses hold a lock', async () => {
    const target = programTarget([compiled('-DBLOCKING')])
    const { plays, histories } = await runPrograms({ target, seconds: 3, seed: 1 })
    expect([plays.flatMap(({ violations }) => violations), histories.deviations]).toEqual([[], []])
  })

  it('are not asked of a target whose threads do not run at the same time, which is inconclusive', async () => {
    const { out, status } = await memslot(['stress', '--target', 'spec', '--seconds', '1'])
    expect(out).toContain('skipped re-back: no threads')
    expect(status).toBe(3)
  })

  it('go without the faults and the killing of the built-in threads', async () => {
    const { err, status } = await memslot(['stress', '--target', 'impl', '--kill'])
    expect([err, status]).toEqual([expect.stringContaining('it goes without --target'), 2])
  })
})
