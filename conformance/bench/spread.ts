import type { Spread } from '../reports/bench/codec.js'

/** The value below which a share of the sorted values lies, interpolated between the two nearest. */
const quantile = (sorted: readonly number[], share: number): number => {
  const at = (sorted.length - 1) * share
  const below = sorted[Math.floor(at)] ?? Number.NaN
  const above = sorted[Math.ceil(at)] ?? Number.NaN
  return below === above ? below : below + (above - below) * (at - Math.floor(at))
}

/** NaN throughout where nothing was measured. */
export const spreadOf = (values: readonly number[]): Spread => {
  const sorted = values.toSorted((a, b) => a - b)
  return { low: quantile(sorted, 0.25), median: quantile(sorted, 0.5), high: quantile(sorted, 0.75) }
}

/** The spread of `a[i] / b[i]`: what two contenders measured in one round has the round's noise in common. */
export const ratioSpread = (a: readonly number[], b: readonly number[]): Spread =>
  spreadOf(a.map((value, i) => value / (b[i] ?? Number.NaN)))
