import type { ReportUndecided, ReportWindow } from '../codec.js'
import { bytes, ms, range, threads } from './units.js'

type Absence = Omit<ReportUndecided, 'because' | 'vm'>

/** `0x100000-0x1fffffff (511 MiB, RAM below 4 GiB)`. */
export const place = ({ as, gpa, size, name }: Pick<Absence, 'as' | 'gpa' | 'size' | 'name'>): string =>
  `${as === 0 ? '' : `space ${as}, `}${range({ gpa, size })} (${bytes(BigInt(size))}${name === null ? '' : `, ${name}`})`

/** Who was inside KVM_RUN meanwhile. */
export const insideWords = ({ running, beforeRun }: Pick<ReportWindow, 'running' | 'beforeRun'>): string => {
  if (running === null) return 'who was inside KVM_RUN is unknown'
  if (running.length > 0) return `${threads(running)} inside KVM_RUN`
  return beforeRun === true ? 'before any vCPU ran' : 'no other vCPU inside KVM_RUN'
}

/** What stands in for KVM_RUN of each thread, where a picture has none of it. */
export const withoutLanes = (window: Pick<ReportWindow, 'running' | 'beforeRun'>): string =>
  window.running === null
    ? 'who was inside KVM_RUN: unknown, not recorded'
    : `${insideWords(window)}; from when to when was not kept`

export const linesOf = ({ fromLine, toLine }: Pick<Absence, 'fromLine' | 'toLine'>): string =>
  `${fromLine}→${toLine}`

/** One window in a sentence. */
export const windowSentence = (window: ReportWindow): string =>
  `${place(window)} unmapped${window.seconds === null ? '' : ` for ${ms(window.seconds)}`}, lines ${linesOf(window)}, ${insideWords(window)}`
