import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { memslot } from '../../command/captured.js'
import { packageRoot } from '../../package-root.js'
import { runsGuests } from '../../targets/kvm/there.fixture.js'
import { programTarget } from '../../targets/stdio/target.js'
import { programPlays } from './plays.js'
import { runPrograms } from './run.js'

/** The target kvm as it is compiled, since its threads are files of their own. */
const kernel = programTarget([process.execPath, join(packageRoot(), 'dist/conformance/targets/kvm/child.js')])

/** Seconds that are enough by far: the run ends with the first violation. */
const ENOUGH = 120

describe.skipIf(!runsGuests)(
  'the plays by single calls, on this kernel with running guests (skipped without a KVM that runs guests)',
  () => {
    it('find nothing that profile linux excludes, and none is refused', async () => {
      const { features } = await kernel.hello()
      const { plays, histories, skipped } = await runPrograms({ target: kernel, seconds: 4, seed: 1 })
      expect(features).toContain('threads')
      expect([plays.flatMap(({ violations }) => violations), histories.deviations]).toEqual([[], []])
      expect(histories.episodes).toBeGreaterThan(0)
      expect(skipped.filter(({ because }) => because.startsWith('refused'))).toEqual([])
      const known = [...plays, ...skipped].map(({ play }) => play)
      expect(known.toSorted()).toEqual(programPlays.map(({ id }) => id).toSorted())
    })

    it('find a plan that loses the log of a slot that it deletes', async () => {
      const { plays } = await runPrograms({
        target: kernel,
        plays: programPlays.filter(({ id }) => id === 'harvest'),
        fault: 'log-not-fetched',
        ...{ seconds: ENOUGH, seed: 1 },
      })
      expect(plays[0]?.violations.map(({ property }) => property)).toEqual(['dirty-complete'])
    })
  },
)

describe('a seeded fault of single calls', () => {
  it('goes with a target that is asked single calls, and with no other', async () => {
    const alone = await memslot(['stress', '--fault', 'log-not-fetched'])
    expect([alone.err, alone.status]).toEqual([expect.stringContaining('is of single calls'), 2])
    const batches = await memslot(['stress', '--fault', 'log-not-fetched', '--target', 'impl'])
    expect([batches.err, batches.status]).toEqual([expect.stringContaining('impl is asked batches'), 2])
    const { out } = await memslot(['stress', '--list'])
    expect(out).toContain('log-not-fetched')
  })
})
