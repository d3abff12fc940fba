/** How many letters must change to make one word of another (Levenshtein). */
const distance = (a: string, b: string): number => {
  let row = Array.from({ length: b.length + 1 }, (_, j) => j)
  for (let i = 1; i <= a.length; i++) {
    const next = [i]
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1] ? 0 : 1
      next.push(Math.min((row[j] as number) + 1, (next[j - 1] as number) + 1, (row[j - 1] as number) + same))
    }
    row = next
  }
  return row[b.length] as number
}

const MAX_NAMES = 3

/** The names that were perhaps meant, the likeliest first: those that differ by few letters, or hold the word. */
const meant = (found: string, names: readonly string[]): readonly string[] => {
  const word = found.toLowerCase()
  const near = Math.max(2, Math.floor(word.length / 3))
  return names
    .map(name => ({ name, away: distance(word, name), part: word.length > 1 && name.includes(word) }))
    .filter(({ away, part }) => part || away <= near)
    .toSorted((a, b) => a.away - b.away)
    .slice(0, MAX_NAMES)
    .map(({ name }) => name)
}

/** A line on a name that does not exist: the names that were perhaps meant, or where all are listed. */
export const noSuch = (
  what: string,
  found: string,
  names: readonly string[],
  all = `there are ${names.join('; ')}`,
): string => {
  const likely = meant(found, names)
  const hint = likely.length === 0 ? all : `did you mean ${likely.join(', or ')}?`
  return `there is no ${what} ${JSON.stringify(found)}: ${hint}`
}
