import type { Tally } from '../summary.js'
import type { TraceLine } from './line.js'

/** QEMU takes a time before it gets hold of the log, so that two threads' lines may change places by so many seconds. */
const SLACK = 0.001

/** Turns the stamps of a trace into seconds; null where a line has none. */
export const createTraceClock = (tally: Tally) => {
  let sum = 0
  let last: number | null = null
  return ({ at, form }: TraceLine, line: number): number | null => {
    if (at === null) return null
    tally.resolution = 1e-6
    if (form === 'simple') {
      tally.relative = true
      sum += at
      return sum
    }
    if (last !== null && at < last - SLACK) tally.backwards ??= line
    if (last === null || at > last) last = at
    return at
  }
}
