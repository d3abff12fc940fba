import type { Tally } from '../summary.js'
import { MIN_EPOCH, type Stamp } from './head.js'

const DAY = 86_400

/** Turns the stamps of one file into seconds that go forward. */
export interface Clock {
  at(stamp: Stamp | null, line: number): number | null
  /** The same for a stamp of `-ttt` as one integer with so many decimals, without an object. */
  seconds(digits: number, decimals: number, line: number): number
}

const SCALE = [1, 10, 100, 1e3, 1e4, 1e5, 1e6] as const

export const createClock = (tally: Tally): Clock => {
  let last: number | null = null
  let sum: number | null = null
  let days = 0

  const forward = (at: number, line: number): number => {
    // strace takes the time when it writes a line: only lines that were moved, or a clock that was set, go back.
    if (last !== null && at < last) tally.backwards ??= line
    if (last === null || at > last) last = at
    return at
  }

  return {
    seconds: (digits, decimals, line) => {
      const at = digits / (SCALE[decimals] ?? 10 ** decimals)
      if (tally.stamps === 'none') {
        tally.stamps = 'begin'
        tally.resolution = Number((10 ** -decimals).toFixed(9))
      }
      return forward(at, line)
    },
    at: (stamp, line) => {
      if (stamp === null) return null
      tally.stamps = tally.stamps === 'none' ? 'begin' : tally.stamps
      tally.resolution = Number((10 ** -stamp.decimals).toFixed(9))
      if (stamp.kind === 'clock') {
        // Midnight passes: the clock goes back by nearly a day.
        if (last !== null && stamp.seconds + days * DAY < last - DAY / 2) days++
        // Forward by nearly a day is back over midnight: the log of another thread begins.
        else if (last !== null && days > 0 && stamp.seconds + days * DAY > last + DAY / 2)
          tally.backwards ??= line
        return forward(stamp.seconds + days * DAY, line)
      }
      if (
        stamp.seconds >= MIN_EPOCH ||
        !(tally.relative || stamp.padded || (last === null && stamp.seconds < 1))
      )
        return forward(stamp.seconds, line)
      tally.relative = true
      sum = (sum ?? 0) + stamp.seconds
      last = sum
      return sum
    },
  }
}
