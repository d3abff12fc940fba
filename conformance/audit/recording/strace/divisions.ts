import type { Tally } from '../summary.js'

/** So many, and no call divided rightly: the lines of each thread stand together. */
const MANY_NEEDLESS = 3

/**
 * strace divides a call in two lines because another thread has something, whose line comes next. Where the two stand
 * together, lines were left out or moved.
 */
export interface Divisions {
  /** The call that began at one line goes on at another. */
  resumed(tid: number | null, begun: number, line: number): void
}

export const createDivisions = (tally: Tally): Divisions => {
  let needless = 0
  let needed = false
  return {
    resumed: (tid, begun, line) => {
      if (tid === null || begun !== line - 1) {
        needed = true
        return
      }
      // Times show by themselves what was moved, and what a filter leaves out need not matter.
      if (tally.stamps !== 'none' && !tally.relative) return
      tally.missing ??= { line, how: 'nothing between' }
      needless++
      if (needless >= MANY_NEEDLESS && !needed) tally.backwards ??= line
    },
  }
}
