import { seeded } from '../../../spec/generate/random.js'
import { drawScript, type Script } from '../../stress/programs/draw.js'
import { programPlays } from '../../stress/programs/plays.js'
import { JUDGED, sizeOf, WATCHED } from '../../stress/programs/run.js'
import { matches } from '../filter.js'
import type { Selection } from '../load.js'

/** A program whose threads meet, judged as a history and not answer by answer. */
export interface ProgramCase {
  readonly id: string
  readonly says: string
  readonly needs: readonly string[]
  readonly script: () => Script
  /** Whether the oracle judges it; else only what the values tell. */
  readonly isJudged: boolean
}

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
  return threadCases.filter(
    ({ id, needs }) =>
      wanted(id) && needs.every(need => features.includes(need)) && !(smoke && id.endsWith('large')),
  )
}
