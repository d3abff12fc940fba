import { below, type Random } from '../../../spec/generate/random.js'

/** Spins for some hundred nanoseconds, or now and then some ten microseconds, so that updates and accesses meet at every point. */
export const dawdle = (random: Random): number => {
  const turns = below(random, 64) === 0 ? 20_000 : below(random, 200)
  let spun = 0
  for (let i = 0; i < turns; i++) spun = (spun * 31 + i) | 0
  return spun
}
