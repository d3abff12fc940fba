import { seeded } from '../../../spec/generate/random.js'
import { drawScript } from '../../stress/programs/draw.js'
import { programPlays } from '../../stress/programs/plays.js'
import { JUDGED, sizeOf, WATCHED } from '../../stress/programs/run.js'
import { matches } from '../filter.js'
import type { Selection } from '../load.js'
import type { ProgramCase } from './program-case.js'
import { stepCases } from './step-cases.js'

/** The programs are the same in each run: their threads are not. */
const SEED = 16
/** Accesses of a vCPU beside one update. */
const PACE = { perUpdate: 3 }

const threadCases: readonly ProgramCase[] = programPlays.flatMap((play, i) =>
  [JUDGED, WATCHED].map((extent): ProgramCase => {
    const isJudged = extent === JUDGED && play.isJudged
    return {
      id: `threads/${play.id}/${extent === JUDGED ? 'small' : 'large'}`,
      says: play.says,
      needs: ['threads', 'batch', 'vcpu', ...play.needs],
      script: () => drawScript(play, sizeOf(PACE, extent), seeded(SEED, i)),
      waitBreaks: null,
      isJudged,
    }
  }),
)

/** The programs of a selection that a target with these features can be asked. In a smoke run only the small ones. */
export const programCases = (
  { filter, smoke }: Selection,
  features: readonly string[],
): readonly ProgramCase[] => {
  const wanted = matches(filter)
  return [...threadCases, ...(features.includes('steps') ? stepCases(wanted) : [])].filter(
    ({ id, needs }) =>
      wanted(id) &&
      needs.every(need => features.includes(need)) &&
      !(smoke && (id.endsWith('large') || id.endsWith('exchange'))),
  )
}
