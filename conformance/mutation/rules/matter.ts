import { coverage, type Relation, relation } from '../../../spec/rewrite/index.js'
import type { Rule } from '../../../spec/rewrite/rule.js'
import { stepRules } from '../../../spec/rules/steps/relation.js'
import type { StepCells } from '../../../spec/terms/steps/cells.js'
import { atOnce, giveWay, stepwise } from '../../give-way.js'
import type { MatterReport, MatterResult, Notice } from '../../reports/matter/codec.js'
import { type Change, changesOf } from './change.js'
import { expectedBy } from './expected.js'
import { ask, look } from './notice.js'
import { type MatterWorld, matterWorlds } from './worlds.js'

export interface MatterProgress {
  readonly done: number
  readonly total: number
  readonly last: MatterResult
}

export interface MatterOptions {
  /** Only changes of rules whose names begin so. */
  readonly only?: string
  readonly worlds?: readonly MatterWorld[]
  readonly stop?: AbortSignal
  readonly onProgress?: (progress: MatterProgress) => void
}

type StepRules = readonly Rule<StepCells>[]

type Related = Relation<StepCells>

const related = (rules: StepRules): Related => relation('steps', rules, ['self', 'at'])

/** What a workload should see and does not; else a state without a next step. Asked where no property fails. */
function* unseen(rules: Related, worlds: readonly MatterWorld[]): Generator<void, Notice | null> {
  let stuck: Notice | null = null
  for (const workload of new Set(worlds.map(w => w.workload))) {
    const observed = new Set<string>()
    for (const world of worlds.filter(w => w.workload === workload)) {
      const looked = look(world, rules)
      if (looked.stuck !== null) stuck ??= { by: 'stuck', what: looked.stuck, world: world.id }
      for (const what of looked.observed) observed.add(what)
      yield
    }
    const missing = expectedBy(workload).find(what => !observed.has(what))
    if (missing !== undefined) return { by: 'missing', what: missing, world: workload }
  }
  return stuck
}

/** By what changed rules are caught: a property, if one fails in any world; else a rule that errs, a step no longer seen, or a state without a next step. */
export const noticeOf = (rules: StepRules, worlds = matterWorlds): Notice | null =>
  atOnce(noticing(rules, worlds))

/** The same, world by world. */
function* noticing(rules: StepRules, worlds: readonly MatterWorld[]): Generator<void, Notice | null> {
  const changed = related(rules)
  let contradiction: Notice | null = null
  for (const world of worlds) {
    const notice = ask(world, changed)
    if (notice?.by === 'property') return notice
    contradiction ??= notice
    yield
  }
  return contradiction ?? (yield* unseen(changed, worlds))
}

/** The rules that a batch uses in these worlds: the others are of other designs. */
export const usedRules = (worlds = matterWorlds): ReadonlySet<string> => atOnce(usingRules(worlds))

function* usingRules(worlds: readonly MatterWorld[]): Generator<void, ReadonlySet<string>> {
  const rules = related(stepRules)
  for (const world of worlds) {
    look(world, rules)
    yield
  }
  return new Set(coverage(rules).flatMap(({ rule, fired }) => (fired > 0 ? [rule] : [])))
}

function* judging(
  { id, kind, rules }: Change,
  worlds: readonly MatterWorld[],
): Generator<void, MatterResult> {
  return { id, kind, noticedBy: yield* noticing(rules, worlds) }
}

/** Drops each rule the batch uses and negates each of its premises, one at a time, and reports by what each change is caught. */
export const mattering = async ({
  only = '',
  worlds = matterWorlds,
  stop = new AbortController().signal,
  onProgress,
}: MatterOptions = {}): Promise<MatterReport> => {
  const used = await stepwise(usingRules(worlds), stop)
  const changes = changesOf(stepRules, rule => used?.has(rule.id) === true && rule.id.startsWith(only))
  const mutants: MatterResult[] = []
  for (const change of changes) {
    await giveWay()
    const result = stop.aborted ? null : await stepwise(judging(change, worlds), stop)
    if (result === null) break
    mutants.push(result)
    onProgress?.({ done: mutants.length, total: changes.length, last: result })
  }
  return {
    schema: 'memslot-matter',
    version: 1,
    mutants,
    noticed: mutants.filter(m => m.noticedBy !== null).length,
    total: changes.length,
    interrupted: used === null || mutants.length < changes.length,
  }
}
