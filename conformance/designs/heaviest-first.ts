import type { RowJob } from './worker-messages.js'

/** Rows with the most states by far, most first: begun last, one of them would run alone at the end. */
const HEAVY = [
  'primitives',
  'gate, ioctls',
  'disabled-slot, no-replacement',
  'sequential',
  'disabled-slot',
  'fetch-exit',
  'fetch-exit, always',
  'rfc-single-swap',
  'rfc-list, defects off',
]

const weight = ({ subject }: RowJob): number => {
  const at = HEAVY.indexOf(subject)
  return at < 0 ? 0 : HEAVY.length - at
}

/** Jobs in the order in which workers take them. */
export const heaviestFirst = (jobs: readonly RowJob[]): readonly RowJob[] =>
  jobs.toSorted((a, b) => weight(b) - weight(a))
