import type { BenchVerdict, Spread, Target } from '../reports/bench/codec.js'

/** With fewer rounds the verdict is `inconclusive`: the quartiles of a noisy machine need that many. */
export const MIN_ROUNDS = 9

const NS_PER_SECOND = 1e9

/** The greatest size, time, or ratio of times, that meets a target: a least rate is a greatest time. */
const limitOf = (target: Target): number =>
  target.of === 'rate' ? NS_PER_SECOND / target.atLeast : target.atMost

/**
 * Whether the spread of a time, or of a ratio of times, meets a target: `reached` where the 75th percentile does,
 * `within-noise` where only the median does. Less is better for both.
 */
export const judgeTarget = (target: Target, spread: Spread, rounds: number): BenchVerdict => {
  if (rounds < MIN_ROUNDS || !Number.isFinite(spread.high)) return 'inconclusive'
  const limit = limitOf(target)
  return spread.high <= limit ? 'reached' : spread.median <= limit ? 'within-noise' : 'missed'
}

/** A size is the same every time: it meets its target, or it does not. */
export const judgeSize = (target: Target, size: number): BenchVerdict =>
  size <= limitOf(target) ? 'reached' : 'missed'

/** Whether peers compare to each other as expected: in the same order, and to a factor of two. */
export const isAsExpected = (ratio: number, expected: number): boolean =>
  ratio <= 2 * expected && expected <= 2 * ratio && ratio > 1 === expected > 1
