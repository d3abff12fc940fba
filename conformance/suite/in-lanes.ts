/**
 * Works through items in as many lanes as there are: each lane takes the next item that none has taken, when it is done
 * with its last. Results stand in the order of the items. A result of null ends the work: no further item is begun.
 */
export const inLanes = async <Lane, Item, Result>(
  lanes: readonly Lane[],
  items: readonly Item[],
  work: (item: Item, lane: Lane, place: number) => Result | null | Promise<Result | null>,
): Promise<readonly Result[]> => {
  const results = new Map<number, Result>()
  let next = 0
  const along = async (lane: Lane): Promise<void> => {
    while (next < items.length) {
      const place = next++
      const begun = work(items[place] as Item, lane, place) // below the length
      const result = begun instanceof Promise ? await begun : begun
      if (result === null) {
        next = items.length
        return
      }
      results.set(place, result)
    }
  }
  await Promise.all(lanes.map(along))
  return [...results].toSorted(([a], [b]) => a - b).map(([, result]) => result)
}
