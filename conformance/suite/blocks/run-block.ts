import { allowanceOf } from '../../cases/allowed.js'
import type { Case } from '../../cases/case.js'
import { allowedBlock } from '../../cases/exhaustive/allowed-block.js'
import { nameOfBlock } from '../../cases/exhaustive/block-difference.js'
import { canonicalAllowed, canonicalSeen, outcomeLine } from '../../cases/exhaustive/canonical.js'
import { blockOf, type Posed } from '../../cases/exhaustive/exhaustive.js'
import { digestOf } from '../../cases/exhaustive/frozen-block.js'
import { gateText } from '../../gates.js'
import type { CaseDeviation } from '../../reports/conform/codec.js'
import { configFor } from '../../targets/own-config.js'
import type { Hello } from '../../targets/target.js'
import { unfit } from '../ask.js'
import { faultOf } from '../deviation.js'
import { expectedOf, opsAs } from '../expect.js'
import { type Explaining, judge, wrongAt } from '../judge-case.js'
import { type Ask, askable, askTogether, type InPlace } from './ask-block.js'
import { type SelectedBlock, wantedCases } from './select.js'

export interface BlockVerdict {
  /** Cases that were judged. */
  readonly judged: readonly Case[]
  readonly deviations: readonly CaseDeviation[]
  readonly skips: readonly { readonly reason: string; readonly id: string }[]
}

export interface BlockRun {
  readonly hello: Hello
  readonly ask: Ask
  readonly errors: 'strict' | 'loose'
  /** Of the family whose block is run. */
  readonly explaining: Explaining
}

/**
 * Whether every case was answered as its block is frozen: by the only answer allowed to each operation, or by the
 * first.
 */
const isAsFrozen = (
  { frozen }: SelectedBlock,
  cases: readonly Posed[],
  answers: readonly InPlace[],
): boolean => {
  const lines: string[] = []
  for (const [i, { seen }] of answers.entries()) {
    if (seen === null) return false
    lines.push(outcomeLine((cases[i] as Posed).id, seen.map(canonicalSeen))) // an answer to each case
  }
  const digest = digestOf(lines)
  return digest === frozen.digest || digest === frozen.first
}

/** The wanted cases with what the specification allows them; null where that is not what is frozen. */
const expectations = (
  selected: SelectedBlock,
  cases: readonly Posed[],
  loose: boolean,
): readonly Case[] | null => {
  const { family, block, frozen } = selected
  const all = blockOf(family, block)
  const allowed = allowedBlock(all)
  const lines = all.map(({ id }, i) => outcomeLine(id, (allowed[i] ?? []).map(canonicalAllowed)))
  if (digestOf(lines) !== frozen.digest) return null
  const places = new Map(all.map(({ id }, i) => [id, i]))
  return cases.map(posed => {
    const one = { ...askable(posed), cites: family.cites, allow: allowed[places.get(posed.id) ?? -1] ?? [] }
    return loose ? { ...one, loose: allowanceOf(one.config, one.ops).loose } : one
  })
}

/** The cases with what the rules allow to them as they were done, on the VMs that the target has. */
const ofRules = (
  { family }: SelectedBlock,
  asked: readonly Posed[],
  answers: readonly InPlace[],
  loose: boolean,
): readonly Case[] => {
  const done = asked.map((posed, i) => {
    const { performed } = answers[i] as InPlace // one for each case
    return { ...posed, ops: opsAs(posed.ops, performed.slice(posed.setup.length)) }
  })
  const allowed = allowedBlock(done)
  return done.map((posed, i) => {
    const one = { ...askable(posed), cites: family.cites, allow: allowed[i] ?? [] }
    return loose ? { ...one, loose: allowanceOf(one.config, one.ops).loose } : one
  })
}

const stale = ({ family, block }: SelectedBlock, posed: Posed): CaseDeviation => {
  const because = gateText('frozen blocks', `${nameOfBlock(family, block)} is stale`, family.name)
  return {
    case: posed.id,
    says: posed.says,
    at: 0,
    operation: 'the whole case',
    seen: because,
    allowed: [],
    explanation: because,
    trace: '',
    fault: because,
  }
}

/** What was right alone was wrong after other cases: the run of all of them is the deviation. */
const afterOthers = (
  one: Case,
  { upToHere }: InPlace,
  { hello, errors, explaining }: BlockRun,
): CaseDeviation | null => {
  const { seen, ...run } = upToHere()
  const deviation = judge(
    { ...one, ...run },
    hello.name,
    { seen, fault: null, refused: null, performed: run.ops },
    errors,
    explaining,
  )
  return deviation === null ? null : { ...deviation, says: `${one.says} (after others on the same VM)` }
}

/** The target failed as a whole where it was asked other cases before on the same VM, and not where it was asked this alone. */
const faultyAfterOthers = (one: Case, fault: string, { hello }: BlockRun): CaseDeviation => ({
  ...faultOf(one, hello.name, [], fault),
  says: `${one.says} (after others on the same VM)`,
})

type Single =
  | { readonly kind: 'judged'; readonly deviation: CaseDeviation | null }
  | { readonly kind: 'skipped'; readonly reason: string }

/** Judges one case: by its answers among others if they are right, else by those it gives alone. */
const judgeSingle = async (one: Case, inPlace: InPlace, run: BlockRun): Promise<Single> => {
  const { seen } = inPlace
  if (seen !== null && wrongAt(one, seen, run.errors) < 0) return { kind: 'judged', deviation: null }
  const again = await run.ask(one)
  if (again.refused !== null) return { kind: 'skipped', reason: `refused: ${again.refused}` }
  const expected = expectedOf(run.hello, one, again.performed)
  const alone = judge(expected, run.hello.name, again, run.errors, run.explaining)
  if (alone !== null) return { kind: 'judged', deviation: alone }
  if (seen !== null) return { kind: 'judged', deviation: afterOthers(one, inPlace, run) }
  return {
    kind: 'judged',
    deviation: inPlace.fault === null ? null : faultyAfterOthers(one, inPlace.fault, run),
  }
}

/** Runs a block. One answered as frozen has passed; any other is taken apart, and each case judged on its own. */
export const runBlock = async (selected: SelectedBlock, run: BlockRun): Promise<BlockVerdict> => {
  const skips: { readonly reason: string; readonly id: string }[] = []
  const cases = wantedCases(selected).filter(posed => {
    const why = unfit(run.hello, askable(posed))
    if (why !== null) skips.push({ reason: why, id: posed.id })
    return why === null
  })
  if (cases.length === 0) return { judged: [], deviations: [], skips }
  const loose = run.errors === 'loose'
  const asked = cases.map(posed => ({ ...posed, config: configFor(run.hello, posed.config) }))
  const answers = await askTogether(run.ask, asked)
  const isAsAsked = asked.every(({ config, setup, ops }, i) => {
    const all = [...setup, ...ops]
    return config === cases[i]?.config && opsAs(all, answers[i]?.performed ?? []) === all
  })
  if (isAsAsked && isAsFrozen(selected, cases, answers))
    return { judged: cases.map(askable), deviations: [], skips }
  const expected = isAsAsked ? expectations(selected, cases, loose) : ofRules(selected, asked, answers, loose)
  if (expected === null) {
    return { judged: cases.map(askable), deviations: cases.map(posed => stale(selected, posed)), skips }
  }
  const judged: Case[] = []
  const deviations: CaseDeviation[] = []
  for (const [i, one] of expected.entries()) {
    const single = await judgeSingle(one, answers[i] as InPlace, run) // an answer in place for each case
    if (single.kind === 'skipped') {
      skips.push({ reason: single.reason, id: one.id })
      continue
    }
    judged.push({ ...one, allow: [] }) // of ten thousand cases the answers are not kept
    if (single.deviation !== null) deviations.push(single.deviation)
  }
  return { judged, deviations, skips }
}
