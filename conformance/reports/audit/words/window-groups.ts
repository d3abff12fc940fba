import type { AuditReport, ReportWindow } from '../codec.js'

/** Windows that are alike: the same kind of memory, the same vCPUs, the same caller. */
export interface WindowKind {
  /** The name of the memory; null where it has none and the range itself tells. */
  readonly name: string | null
  readonly windows: readonly ReportWindow[]
  readonly longest: ReportWindow
  /** From the first byte of any of them to the last. */
  readonly whole: { readonly gpa: string; readonly size: string }
}

export interface WindowGroup {
  readonly title: string
  readonly tone: 'bad' | 'doubtful' | null
  /** Told in one line: it never matters. */
  readonly brief: boolean
  readonly windows: readonly ReportWindow[]
  readonly kinds: readonly WindowKind[]
}

const kindKey = (window: ReportWindow): string =>
  [
    window.as,
    window.name ?? `${window.gpa}+${window.size}`,
    window.running?.join() ?? 'unknown',
    window.caller ?? '',
    window.exits.internalError > 0,
    window.backing,
  ].join('/')

const longer = (a: ReportWindow, b: ReportWindow): ReportWindow =>
  (b.seconds ?? -1) > (a.seconds ?? -1) ? b : a

const wholeOf = (windows: readonly ReportWindow[]): WindowKind['whole'] => {
  let first = BigInt(windows[0]?.gpa ?? 0)
  let end = first
  for (const { gpa, size } of windows) {
    const [from, to] = [BigInt(gpa), BigInt(gpa) + BigInt(size)]
    if (from < first) first = from
    if (to > end) end = to
  }
  return { gpa: `0x${first.toString(16)}`, size: `0x${(end - first).toString(16)}` }
}

const kindsOf = (windows: readonly ReportWindow[]): readonly WindowKind[] => {
  const kinds = new Map<string, ReportWindow[]>()
  for (const window of windows) {
    const key = kindKey(window)
    const known = kinds.get(key)
    if (known === undefined) kinds.set(key, [window])
    else known.push(window)
  }
  return [...kinds.values()].map(alike => ({
    name: alike[0]?.name ?? null,
    windows: alike,
    longest: alike.reduce(longer),
    whole: wholeOf(alike),
  }))
}

/** All windows by what the vCPUs did meanwhile, those that matter first; empty groups are left out. */
export const windowGroups = ({ updates }: AuditReport): readonly WindowGroup[] => {
  const all = updates.flatMap(({ windows }) => windows)
  const group = (
    title: string,
    tone: WindowGroup['tone'],
    brief: boolean,
    is: (window: ReportWindow) => boolean,
  ): WindowGroup => {
    const windows = all.filter(is)
    return { title, tone, brief, windows, kinds: kindsOf(windows) }
  }
  return [
    group(
      'While another vCPU thread was inside KVM_RUN',
      'bad',
      false,
      ({ running }) => (running?.length ?? 0) > 0,
    ),
    group('While it is unknown who was inside KVM_RUN', 'doubtful', false, ({ running }) => running === null),
    group(
      'While no other vCPU thread was inside KVM_RUN',
      null,
      false,
      ({ running, beforeRun }) => running?.length === 0 && beforeRun !== true,
    ),
    group('Before any vCPU ran', null, true, ({ beforeRun }) => beforeRun === true),
  ].filter(({ windows }) => windows.length > 0)
}
