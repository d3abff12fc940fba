import { deflateRawSync } from 'node:zlib'
import { readScenario } from '../../oracle/designs/scenario.js'
import { followChoices, systemIn } from '../../oracle/designs/situation.js'
import { subjectOf } from '../../oracle/designs/subjects.js'
import { accept, type Effect, effectsOf } from '../../oracle/effects.js'
import { headerOf, writeRecord } from '../../oracle/trace.js'
import { printSeen } from '../../oracle/verdict/print.js'
import { parametersOf } from '../../oracle/wire/config.js'
import type { TraceRecord } from '../../oracle/wire/record.js'
import { type Cells, initialMachine } from '../../spec/terms/cells.js'
import { counted } from '../../spec/terms/counted.js'
import { u64 } from '../../spec/terms/numbers.js'
import { isAccess } from '../../spec/terms/operation.js'
import type { Case } from '../cases/case.js'
import type { KeptRun } from '../designs/kept-runs.js'
import { specTarget } from '../targets/spec.js'
import { linkToRun } from './explorer/link.js'
import { MAX_LINK, toUrl, writePacked } from './explorer/trace-link.js'

/** How often a rule is used, and the smallest run that uses it. */
export interface Witness {
  /** Frozen cases that exercise it, or kept runs of the matrix in which it fires. */
  readonly uses: number
  /** Families of cases that exercise it, the largest first. */
  readonly families: readonly string[]
  /** What the smallest run is: a case's name and sentence, or a cell of the matrix. */
  readonly name: string
  readonly says: string
  /** The answer that the rule gives in it; null for runs of steps. */
  readonly gives: string | null
  /** The part of a link to the explorer after `#`; null where the run is too long for one. */
  readonly link: string | null
}

/** A case as the trace that the specification itself gives of it, and what the rule gave that it is to show. */
const traceOfCase = (
  { id, config, ops }: Case,
  rule: string,
): { readonly text: string; readonly gives: string | null; readonly at: number } => {
  const vm = specTarget.now.open(config)
  const records: TraceRecord[] = [headerOf({ config: { ...config } }), { ev: 'note', text: id }]
  let cells: Cells | null = initialMachine(parametersOf({ ...config, errors: 'strict' }))
  let gives: string | null = null
  let at = 0
  for (const [i, operation] of ops.entries()) {
    const n = i + 1
    const seen = vm.perform(operation)
    const effects: readonly Effect[] = cells === null ? [] : effectsOf(cells, operation)
    const taken = effects.find(effect => accept(effect, seen) !== null)
    if (taken !== undefined && (taken.rules ?? [taken.rule]).some(one => one.id === rule) && gives === null) {
      gives = printSeen(seen)
      at = records.length + 1 // the answer comes after the call; the header is no moment
    }
    cells = taken === undefined ? null : accept(taken, seen)
    const record = isAccess(operation)
      ? { ev: 'access', n, tid: 0, operation }
      : { ev: 'call', n, tid: 0, operation }
    const answer = { ev: isAccess(operation) ? 'access-end' : 'return', of: n, seen }
    // `isAccess` tells the two kinds of records apart, and an answer is of the kind of its operation.
    records.push(record as TraceRecord, answer as TraceRecord)
  }
  return { text: `${[...records, { ev: 'end' } as const].map(writeRecord).join('\n')}\n`, gives, at }
}

/** What the smallest case shows: what the rule gives there, and the link to its story. */
const shownBy = (one: Case, rule: string): Pick<Witness, 'gives' | 'link'> => {
  const { text, gives, at } = traceOfCase(one, rule)
  const packed = toUrl(deflateRawSync(text).toString('base64'))
  const link = writePacked(packed, at, rule)
  return { gives, link: link.length > MAX_LINK ? null : link }
}

/** The rules that no frozen case asks for: a target that knows no batch is not asked for one, and none runs arm64's guests. */
const ASKED_OF_NOBODY: readonly Pick<Case, 'id' | 'says' | 'rules' | 'config' | 'ops'>[] = [
  {
    id: 'a batch asked of profile linux',
    says: 'the call does not exist there',
    rules: ['batch.unknown'],
    config: { profile: 'linux' },
    ops: [{ op: 'batch', as: 0, flags: 0, resultSize: u64(0), entries: [] }],
  },
  {
    id: 'a fetch from a hole on arm64',
    says: 'the guest takes an abort',
    rules: ['fetch.hole-abort'],
    config: { profile: 'linux', arch: 'arm64' },
    ops: [
      { op: 'create-vcpu', vcpu: 0 },
      { op: 'fetch', vcpu: 0, gfn: 0, offset: 0, size: 4 },
    ],
  },
]

export const witnessesByHand = (): ReadonlyMap<string, Witness> =>
  new Map(
    ASKED_OF_NOBODY.flatMap(asked => {
      const one: Case = { ...asked, needs: [], cites: [], allow: [] }
      const { id: name, says } = one
      return one.rules.map(
        rule => [rule, { uses: 0, families: [], name, says, ...shownBy(one, rule) }] as const,
      )
    }),
  )

const countedFamilies = (cases: readonly Case[]): readonly string[] => {
  const counts = new Map<string, number>()
  for (const { id } of cases) {
    const family = id.split('/').slice(0, 2).join('/')
    counts.set(family, (counts.get(family) ?? 0) + 1)
  }
  return [...counts].toSorted((a, b) => b[1] - a[1]).map(([family, n]) => `${family} (${n})`)
}

/** What a case is about where it needs it: of a rule that is about something else it shows too much. */
const UNUSUAL: ReadonlySet<string> = new Set([
  'internal',
  'gmem',
  'lookup-points',
  'dirty-ring',
  'fail-allocation',
])

/** The weight of a case as a witness: short ones with few rules, of a VM that is nothing special, show the rule best. */
const weight = ({ ops, rules, config, needs }: Case): number =>
  ops.length * 100 +
  Object.keys(config).filter(key => key !== 'profile').length * 150 +
  needs.length * 100 +
  needs.filter(feature => UNUSUAL.has(feature)).length * 400 +
  rules.length

/** The witness of each rule at the grain of calls, from cases that name the rules they exercise. */
export const witnessesInCases = (cases: readonly Case[]): ReadonlyMap<string, Witness> => {
  const of = new Map<string, Case[]>()
  for (const one of cases) {
    for (const rule of one.rules) {
      const known = of.get(rule)
      if (known === undefined) of.set(rule, [one])
      else known.push(one)
    }
  }
  return new Map(
    [...of].map(([rule, all]) => {
      const smallest = all.reduce((best, one) => (weight(one) < weight(best) ? one : best))
      const { id, says } = smallest
      return [
        rule,
        {
          uses: all.length,
          families: countedFamilies(all),
          name: id,
          says,
          ...shownBy(smallest, rule),
        },
      ]
    }),
  )
}

/** The witness of each rule of steps, from the kept runs: the shortest beginning of one that ends with the rule. */
export const witnessesInRuns = (runs: readonly KeptRun[]): ReadonlyMap<string, Witness> => {
  const best = new Map<string, { readonly run: KeptRun; readonly length: number; uses: number }>()
  for (const run of runs) {
    const design = subjectOf(run.variant === null ? run.design : `${run.design}, ${run.variant}`)
    const update = readScenario(run.scenario)
    if (design === null || update._tag === 'Left') continue
    const [initial] =
      systemIn({ design, update: { ...update.right, frames: run.frames }, company: run.company })?.initial ??
      []
    if (initial === undefined) continue
    const seen = new Set<string>()
    for (const [i, { rule }] of followChoices(initial, run.choices).entries()) {
      if (seen.has(rule)) continue
      seen.add(rule)
      const known = best.get(rule)
      if (known === undefined) best.set(rule, { run, length: i + 1, uses: 1 })
      else if (i + 1 < known.length) best.set(rule, { run, length: i + 1, uses: known.uses + 1 })
      else known.uses += 1
    }
  }
  return new Map(
    [...best].map(([rule, { run, length, uses }]) => {
      const design = run.variant === null ? run.design : `${run.design}, ${run.variant}`
      const choices = run.choices.slice(0, length)
      return [
        rule,
        {
          uses,
          families: [],
          gives: null,
          name: `${design} / ${run.property}`,
          says: `${counted(length, 'step')} of the run that this cell of the matrix shows`,
          link: linkToRun(run, { design, choices, cycle: 0 }),
        },
      ]
    }),
  )
}
