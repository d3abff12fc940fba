/** What is left of a shorter list that still shows what the whole one did, the list itself or less; else null. */
export type Still<T> = (items: readonly T[]) => Promise<readonly T[] | null>

/**
 * Delta debugging (Zeller and Hildebrandt 2002): takes out pieces, large ones first and the last of them first, for
 * what a failure needs least mostly stands near its end. What is left fails no more if any single item is removed,
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
