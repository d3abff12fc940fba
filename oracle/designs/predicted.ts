/**
 * What we expected of each design before the first full search, with H for holds and F for fails, in the order of the
 * properties. Committed before the search was run; each difference is explained in BUGS_FOUND.md.
 *
 * no-hole · two-maps · two-maps, fetch-atomic · write-coherent · dirty-complete · all-or-nothing · space-scoped ·
 * retry-ends · undisturbed · crash-visible · sets-agree
 */
export const PREDICTED: Readonly<Record<string, string>> = {
  sequential: 'FFFHFFHHFHH',
  'rfc-list': 'FFFFFFFFFFF',
  'rfc-list, defects off': 'HHFHFFHFFHH',
  'rfc-single-swap': 'HHFHFHHHFHH',
  batch: 'HHFHHHHHHHH',
  'batch, fetch-atomic': 'HHHHHHHHHHH',
  'replace-all': 'HHFHFHHHFHH',
  primitives: 'HFFHHFHHHHH',
  'disabled-slot': 'FFFHFFHFFHH',
  paused: 'FFFHFFHHFHH',
  'fetch-exit': 'FFFHFFHFFFH',
}
