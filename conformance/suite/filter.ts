/**
 * A pattern, of which `*` stands for any text: its parts stand one after the other, the first at the start and the last
 * at the end. No regular expression: with many stars one takes time without end.
 */
const matchesPattern = (pattern: string): ((id: string) => boolean) => {
  const [first = '', ...rest] = pattern.split('*')
  const last = rest.pop() ?? ''
  return id => {
    if (!id.startsWith(first)) return false
    let from = first.length
    for (const part of rest) {
      const at = id.indexOf(part, from)
      if (at < 0) return false
      from = at + part.length
    }
    return id.length - last.length >= from && id.endsWith(last)
  }
}

/** Whether an id meets any of the filters: it holds the text, or matches the pattern with `*`. No filter: every id. */
export const matches = (filter: readonly string[]): ((id: string) => boolean) => {
  if (filter.length === 0) return () => true
  const tests = filter.map(f => (f.includes('*') ? matchesPattern(f) : (id: string) => id.includes(f)))
  return id => tests.some(test => test(id))
}
