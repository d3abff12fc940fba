/** A case is named family first: `set-errors/delete/size` is of `set-errors`, `by-hand/order/bad-id` of `by-hand/order`, `fetch/pairs/…` of `fetch/pairs`. */
export const familyOfCase = (id: string): string => {
  const [first = id, second] = id.split('/')
  return (first === 'by-hand' || first === 'fetch') && second !== undefined ? `${first}/${second}` : first
}

/** Names by family, in order of first appearance. */
export const byFamily = (ids: readonly string[]): ReadonlyMap<string, readonly string[]> => {
  const families = new Map<string, string[]>()
  for (const id of ids) {
    const family = familyOfCase(id)
    const members = families.get(family)
    if (members === undefined) families.set(family, [id])
    else members.push(id)
  }
  return families
}
