/** The shorter list, or a part of it, that still fails as the whole one did; null where none does. */
export type Still<T> = (items: readonly T[]) => Promise<readonly T[] | null>

/**
 * Delta debugging (Zeller and Hildebrandt 2002): takes out pieces, large ones first, and from the end backwards, where
 * most of what a failure does not need stands. Of the result no single item can be removed without losing the failure,
 * unless `still` gave up meanwhile.
 */
export const ddmin = async <T>(items: readonly T[], still: Still<T>): Promise<readonly T[]> => {
  let left = items
  let size = Math.ceil(left.length / 2)
  while (left.length > 0 && size >= 1) {
    let removed = false
    for (let end = left.length; end > 0; end = Math.min(end - size, left.length)) {
      const from = Math.max(0, end - size)
      const shorter = await still(left.toSpliced(from, end - from))
      if (shorter === null) continue
      left = shorter
      removed = true
    }
    if (size > 1) size = Math.ceil(size / 2)
    else if (!removed) break
  }
  return left
}
