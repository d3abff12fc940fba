const MATCHER = Symbol.for('@ts-pattern/matcher')

/** A ts-pattern pattern as text: literals as they are, matchers of the library by their kind. */
export const printPattern = (pattern: unknown): string => {
  if (typeof pattern === 'bigint') return `${pattern}n`
  if (typeof pattern === 'string') return `'${pattern}'`
  if (typeof pattern !== 'object' || pattern === null) return String(pattern)
  if (MATCHER in pattern) {
    const { matcherType } = (pattern[MATCHER] as () => { readonly matcherType?: string })()
    return `P.${matcherType ?? 'when'}`
  }
  if (Array.isArray(pattern)) return `[${pattern.map(printPattern).join(', ')}]`
  return `{ ${Object.entries(pattern)
    .map(([key, value]) => `${key}: ${printPattern(value)}`)
    .join(', ')} }`
}
