import { tidOfName } from './merge-files.js'
import type { Missing, Tally } from './summary.js'

/** Whether a thread was made whose file is not among these. strace -ff writes one for every thread, be it empty. */
export const fileNotGiven = ({ made }: Tally, files: readonly string[]): Missing | null => {
  const tids = new Set(files.map(tidOfName))
  if (files.length === 0 || tids.has(null)) return null
  const line = [...made].find(([tid]) => !tids.has(tid))?.[1]
  return line === undefined ? null : { line, how: 'file not given' }
}
