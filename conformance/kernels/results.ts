import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Either, isLeft, right } from 'fp-ts/lib/Either.js'
import * as t from 'io-ts'
import { closed } from '../../oracle/wire/closed.js'
import { decodeJson, type InputError } from '../../oracle/wire/decode.js'
import { natural } from '../../oracle/wire/scalars.js'
import { packageRoot } from '../package-root.js'
import type { ConformReport } from '../reports/conform/codec.js'

/** Where the verdicts on real kernels are kept, a file for each. */
export const KEPT_RESULTS = 'conformance/kernels/measured'

/** The verdicts on one real kernel, case by case. */
export const KernelResultsCodec = closed('results of a kernel', {
  schema: t.literal('memslot-kernel-results'),
  version: t.literal(1),
  /** Its release, as `uname -r` has it. */
  release: t.string,
  /** What the target says of itself: release, and who executes a guest there. */
  target: t.string,
  date: t.string,
  /** Names of the cases that passed, by family. */
  passed: t.readonly(t.record(t.string, t.readonlyArray(t.string))),
  failed: t.readonlyArray(t.string),
  skipped: t.readonlyArray(closed('skip', { reason: t.string, cases: natural() })),
  /** How many of the passed cases exercise each rule. */
  rules: t.readonly(t.record(t.string, natural())),
})
export type KernelResults = t.TypeOf<typeof KernelResultsCodec>

/** A case with the rules that it exercises on this kernel, which are found only where it passed. */
export interface AskedCase {
  readonly id: string
  readonly rules: () => readonly string[]
}

const familyOf = (id: string): string => id.slice(0, id.lastIndexOf('/'))
const nameIn = (id: string): string => id.slice(id.lastIndexOf('/') + 1)

/** The verdicts of a run of the suite on a kernel. What was not asked is counted by its reason. */
export const resultsOf = (
  report: ConformReport,
  asked: readonly AskedCase[],
  kernel: Pick<KernelResults, 'release' | 'target' | 'date'>,
): KernelResults => {
  const failed = new Set(report.deviations.map(one => one.case.replace(/ \(.*\)$/, '')))
  const skipped = new Set(report.skips.flatMap(({ ids = [] }) => ids))
  const passed = asked.filter(({ id }) => !failed.has(id) && !skipped.has(id))
  const families = new Map<string, string[]>()
  const rules = new Map<string, number>()
  for (const one of passed) {
    const family = familyOf(one.id)
    const names = families.get(family)
    if (names === undefined) families.set(family, [nameIn(one.id)])
    else names.push(nameIn(one.id))
    for (const rule of new Set(one.rules())) rules.set(rule, (rules.get(rule) ?? 0) + 1)
  }
  return {
    schema: 'memslot-kernel-results',
    version: 1,
    ...kernel,
    passed: Object.fromEntries(families),
    failed: [...failed],
    skipped: report.skips.map(({ reason, cases }) => ({ reason, cases })),
    rules: Object.fromEntries([...rules].toSorted(([a], [b]) => (a < b ? -1 : 1))),
  }
}

/** The text of the file: a family a line, so that two of them can be compared. */
export const resultsText = ({ passed, rules, ...head }: KernelResults): string => {
  const lines = (of: Readonly<Record<string, unknown>>) =>
    Object.entries(of)
      .map(([name, value]) => `  ${JSON.stringify(name)}: ${JSON.stringify(value)}`)
      .join(',\n')
  const first = JSON.stringify(head, null, 1).replace(/\n?\}$/, '')
  return `${first},\n "passed": {\n${lines(passed)}\n },\n "rules": {\n${lines(rules)}\n }\n}\n`
}

export const resultsFile = (release: string): string => `${release.replace(/[^\w.+-]+/g, '-')}.json`

/** The verdicts that are kept, the oldest release first. */
export const keptResults = (): Either<InputError, readonly KernelResults[]> => {
  const found: KernelResults[] = []
  let names: readonly string[] = []
  try {
    names = readdirSync(join(packageRoot(), KEPT_RESULTS)).filter(name => name.endsWith('.json'))
  } catch {
    return right([]) // none was kept yet
  }
  for (const name of names) {
    const file = `${KEPT_RESULTS}/${name}`
    const read = decodeJson(KernelResultsCodec, readFileSync(join(packageRoot(), file), 'utf8'), {
      file,
      line: 1,
    })
    if (isLeft(read)) return read
    found.push(read.right)
  }
  return right(found.toSorted((a, b) => a.release.localeCompare(b.release, 'en', { numeric: true })))
}
