/**
 * A set of pages as ascending, disjoint, non-adjacent half-open ranges `[from, to)` laid flat: `[0, 4, 7, 8]` is the
 * pages 0 to 3 and 7. The form is canonical: equal sets are equal arrays, whatever their size.
 */
export type PageSet = readonly number[]

/** A run of pages as it is written in traces: first page and count. */
export type Run = readonly [first: number, count: number]

/** The empty set. */
export const noPages: PageSet = []

/** The pages `[from, to)`; none where `from` is not below `to`. */
export const pageRange = (from: number, to: number): PageSet => (from < to ? [from, to] : noPages)

const combine = (a: PageSet, b: PageSet, keep: (inA: boolean, inB: boolean) => boolean): PageSet => {
  const result: number[] = []
  let i = 0
  let j = 0
  let inside = false
  while (i < a.length || j < b.length) {
    const at = Math.min(a[i] ?? Number.POSITIVE_INFINITY, b[j] ?? Number.POSITIVE_INFINITY)
    if (a[i] === at) i++
    if (b[j] === at) j++
    // An odd index means that a range has been entered and not yet left.
    const now = keep(i % 2 === 1, j % 2 === 1)
    if (now !== inside) {
      result.push(at)
      inside = now
    }
  }
  return result
}

/** The pages of either set. */
export const union = (a: PageSet, b: PageSet): PageSet =>
  a.length === 0 ? b : b.length === 0 ? a : combine(a, b, (x, y) => x || y)

/** The pages of both sets. */
export const intersect = (a: PageSet, b: PageSet): PageSet =>
  a.length === 0 || b.length === 0 ? noPages : combine(a, b, (x, y) => x && y)

/** The pages of the first set that the second does not have. */
export const subtract = (a: PageSet, b: PageSet): PageSet =>
  a.length === 0 || b.length === 0 ? a : combine(a, b, (x, y) => x && !y)

/** The set with every page moved by `by`, which may be negative. */
export const shift = (a: PageSet, by: number): PageSet => (by === 0 ? a : a.map(page => page + by))

/** Whether a set has no page. */
export const isEmpty = (a: PageSet): boolean => a.length === 0

/** How many pages a set has. */
export const countPages = (a: PageSet): number => {
  let count = 0
  for (let i = 0; i < a.length; i += 2) count += (a[i + 1] as number) - (a[i] as number) // ranges come in pairs
  return count
}

/** Whether every page of the first set is one of the second. */
export const isSubset = (a: PageSet, of: PageSet): boolean => isEmpty(subtract(a, of))

/** How many edges of a set lie below a number: odd where a range is entered and not yet left. By binary search. */
const edgesBelow = (a: PageSet, number: number): number => {
  let low = 0
  let high = a.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if ((a[middle] as number) < number) low = middle + 1
    else high = middle
  }
  return low
}

/** Whether a set has this page. */
export const hasPage = (a: PageSet, page: number): boolean => edgesBelow(a, page + 1) % 2 === 1

/** Whether a set has one of the pages `[from, to)`. */
export const hasAnyOf = (a: PageSet, from: number, to: number): boolean => {
  const n = edgesBelow(a, from + 1)
  return from < to && (n % 2 === 1 || (a[n] ?? Number.POSITIVE_INFINITY) < to)
}

/** Adds the pages `[from, to)` to a set that is still being built, in place: a union for each would copy the set. */
export const addRange = (building: number[], from: number, to: number): void => {
  if (from >= to) return
  const first = edgesBelow(building, from)
  const end = edgesBelow(building, to + 1)
  const edges = [...(first % 2 === 0 ? [from] : []), ...(end % 2 === 0 ? [to] : [])]
  if (first === building.length) building.push(...edges)
  else building.splice(first, end - first, ...edges)
}

/** A set as the runs of a trace: first page and count, ascending. */
export const runsOf = (a: PageSet): readonly Run[] => {
  const runs: Run[] = []
  for (let i = 0; i < a.length; i += 2) runs.push([a[i] as number, (a[i + 1] as number) - (a[i] as number)])
  return runs
}

/** Any list of runs as a set: overlapping and adjacent ones join, empty ones vanish. */
export const ofRuns = (runs: readonly Run[]): PageSet => {
  const set: number[] = []
  for (const [first, count] of runs) addRange(set, first, first + count)
  return set
}

/** Whether two sets have the same pages. */
export const equalSets = (a: PageSet, b: PageSet): boolean =>
  a.length === b.length && a.every((edge, i) => edge === b[i])
