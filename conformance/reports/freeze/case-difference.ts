/** What a regenerated file of cases changes, by the cases' names. */
export interface CaseDifference {
  readonly appeared: readonly string[]
  readonly vanished: readonly string[]
  /** The line before and the line after. */
  readonly changed: readonly { readonly id: string; readonly before: string; readonly after: string }[]
}

const byId = (text: string): ReadonlyMap<string, string> =>
  new Map(
    text
      .split('\n')
      .filter(line => line !== '')
      .map(line => [/"id":"([^"]*)"/.exec(line)?.[1] ?? line.slice(0, 60), line]),
  )

export const caseDifference = (before: string, after: string): CaseDifference => {
  const [old, now] = [byId(before), byId(after)]
  return {
    appeared: [...now.keys()].filter(id => !old.has(id)),
    vanished: [...old.keys()].filter(id => !now.has(id)),
    changed: [...now].flatMap(([id, line]) => {
      const was = old.get(id)
      return was === undefined || was === line ? [] : [{ id, before: was, after: line }]
    }),
  }
}

const SHOWN = 10

const some = (sign: string, ids: readonly string[]): readonly string[] => [
  ...ids.slice(0, SHOWN).map(id => `  ${sign} ${id}`),
  ...(ids.length > SHOWN ? [`  ${sign} … and ${ids.length - SHOWN} more`] : []),
]

/** The fields of two cases that differ, as they stand in the file. */
const fields = (before: string, after: string): readonly string[] => {
  const parse = (line: string): Readonly<Record<string, unknown>> => {
    try {
      return JSON.parse(line) as Readonly<Record<string, unknown>>
    } catch {
      return { line }
    }
  }
  const [old, now] = [parse(before), parse(after)]
  const cut = (value: unknown): string => {
    const text = JSON.stringify(value) ?? 'absent'
    return text.length > 160 ? `${text.slice(0, 157)}…` : text
  }
  return [...new Set([...Object.keys(old), ...Object.keys(now)])]
    .filter(key => JSON.stringify(old[key]) !== JSON.stringify(now[key]))
    .flatMap(key => [`      ${key}`, `      - ${cut(old[key])}`, `      + ${cut(now[key])}`])
}

/** The difference, for review. */
export const renderCaseDifference = (family: string, difference: CaseDifference): string => {
  const { appeared, vanished, changed } = difference
  return [
    `${family}: ${appeared.length} new, ${vanished.length} gone, ${changed.length} changed`,
    ...some('+', appeared),
    ...some('-', vanished),
    ...changed.slice(0, SHOWN).flatMap(({ id, before, after }) => [`  ~ ${id}`, ...fields(before, after)]),
    ...(changed.length > SHOWN ? [`  ~ … and ${changed.length - SHOWN} more`] : []),
    ...(appeared.length + vanished.length + changed.length === 0 ? ['  only the order differs'] : []),
  ].join('\n')
}
