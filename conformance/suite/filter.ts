const escaped = (text: string): string => text.replace(/[.+?^${}()|[\]\\]/g, '\\$&')

/** Whether an id meets any of the filters: it holds the text, or matches the pattern with `*`. No filter: every id. */
export const matches = (filter: readonly string[]): ((id: string) => boolean) => {
  if (filter.length === 0) return () => true
  const tests = filter.map(f => {
    if (!f.includes('*')) return (id: string) => id.includes(f)
    const pattern = new RegExp(`^${f.split('*').map(escaped).join('.*')}$`)
    return (id: string) => pattern.test(id)
  })
  return id => tests.some(test => test(id))
}
