/** Runs of pages: how bitmaps are handed out, and how parts of slots are named. */

/** Pages as ascending, maximal runs `[first, count]`. */
export type Ranges = [first: number, count: number][]

/** Pages as runs in any order; runs may touch or overlap. */
export type AnyRanges = readonly (readonly [first: number, count: number])[]

/** Appends `[first, first + count)` to ascending runs, lengthening the last one if they touch. */
export function appendRun(runs: Ranges, first: number, count: number): void {
  const end = runs[runs.length - 1]
  if (end && end[0] + end[1] === first) end[1] += count
  else runs.push([first, count])
}

/** The pages of `[0, npages)` that are in none of `runs`, as ascending maximal runs. */
export function complement(runs: AnyRanges, npages: number): Ranges {
  const gaps: Ranges = []
  let reached = 0
  for (const [first, count] of [...runs].sort((a, b) => a[0] - b[0])) {
    if (first > reached) gaps.push([reached, first - reached])
    reached = Math.max(reached, first + count)
  }
  if (reached < npages) gaps.push([reached, npages - reached])
  return gaps
}

/** Whether some page is in two of the runs. */
export function overlap(runs: AnyRanges): boolean {
  const sorted = [...runs].sort((a, b) => a[0] - b[0])
  return sorted.some(([first], i) => i > 0 && sorted[i - 1]![0] + sorted[i - 1]![1] > first)
}
