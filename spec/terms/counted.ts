/** The word for so many of a thing: `page` of one, `pages` of none or several. */
export const nounFor = (n: number, one: string, many = `${one}s`): string => (n === 1 ? one : many)

/** So many of a thing, in words: `1 page`, `2 pages`, `1 history`, `0 histories`. */
export const counted = (n: number, one: string, many?: string): string => `${n} ${nounFor(n, one, many)}`
