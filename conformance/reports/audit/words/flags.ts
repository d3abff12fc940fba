const FLAG_NAMES = ['LOG', 'RO', 'GUEST_MEMFD']

/** A slot's flags by name, `LOG|RO`; what has no name as a number. */
export const showFlags = (flags: number): string => {
  const names = FLAG_NAMES.filter((_, bit) => (flags & (1 << bit)) !== 0)
  const rest = (flags & ~7) >>> 0
  return [...names, ...(rest === 0 ? [] : [`0x${rest.toString(16)}`])].join('|') || '0'
}
