/**
 * Compiles a loop of its own for each candidate. One loop for all would call what it was given through a cache that has
 * seen every other candidate, and time that instead. Source, not a closure: closures of one function share its caches.
 *
 * @param candidate stands in the source, so that the compiler takes no two for the same
 */
export const freshLoop = <F extends (...args: never[]) => unknown>(
  candidate: string,
  parameters: readonly string[],
  body: string,
): F => new Function(...parameters, `/* ${candidate} */ ${body}`) as F

/** A loop that adds up what `it.find` says of `count` numbers. */
export const findLoop = (
  candidate: string,
): ((it: { find(n: number): number }, numbers: Float64Array, from: number, count: number) => number) =>
  freshLoop(
    candidate,
    ['it', 'numbers', 'from', 'count'],
    'let sum = 0; for (let i = from; i < from + count; i++) sum = (sum + it.find(numbers[i])) | 0; return sum',
  )
