/** What a program that asks cases has said, a case a line: Test Anything Protocol, version 13. */
export type TapVerdict =
  | { readonly kind: 'passed'; readonly id: string }
  | { readonly kind: 'failed'; readonly id: string; readonly why: readonly string[] }
  | { readonly kind: 'skipped'; readonly id: string; readonly because: string }

/** What was said that is of no case. */
export type TapEnd =
  /** Everything was skipped, or the program gave up. */
  { readonly kind: 'gave up'; readonly because: string } | { readonly kind: 'open' }

export interface Tap {
  /** The kernel that was asked, as the program says; null until it does. */
  readonly kernel: string | null
  readonly verdicts: ReadonlyMap<string, TapVerdict>
  readonly end: TapEnd
}

const CASE = /^(?<is>ok|not ok) \d+ - (?<id>\S+)(?: # SKIP (?<because>.*))?$/
const NOTHING = /^1\.\.0 # SKIP (?<because>.*)$/
const BAIL_OUT = /^Bail out! (?<because>.*)$/
const KERNEL = /^# kernel: (?<kernel>.*)$/
const DIAGNOSTIC = /^# (?<text>.*)$/

/** Reads TAP line by line; lines of nobody's, like a kernel's, are passed over. `line` gives the verdict that a line is. */
export const tapReader = (): {
  readonly line: (text: string) => TapVerdict | null
  readonly tap: () => Tap
} => {
  const verdicts = new Map<string, TapVerdict>()
  let kernel: string | null = null
  let end: TapEnd = { kind: 'open' }
  let why: string[] = []

  const verdictOf = (text: string): TapVerdict | null => {
    const { is, id, because } = CASE.exec(text)?.groups ?? {}
    if (is === undefined || id === undefined) return null
    if (because !== undefined) return { kind: 'skipped', id, because }
    return is === 'ok' ? { kind: 'passed', id } : { kind: 'failed', id, why }
  }

  const line = (text: string): TapVerdict | null => {
    const verdict = verdictOf(text)
    if (verdict !== null) {
      verdicts.set(verdict.id, verdict)
      why = []
      return verdict
    }
    const gaveUp = (NOTHING.exec(text) ?? BAIL_OUT.exec(text))?.groups?.because
    const said = KERNEL.exec(text)?.groups?.kernel
    const diagnostic = DIAGNOSTIC.exec(text)?.groups?.text
    if (gaveUp !== undefined) end = { kind: 'gave up', because: gaveUp }
    else if (said !== undefined) kernel = said
    else if (diagnostic !== undefined) why.push(diagnostic)
    return null
  }
  return { line, tap: () => ({ kernel, verdicts, end }) }
}
