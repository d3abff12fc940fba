import {
  coverage,
  type Premise,
  type Relation,
  type Rule,
  type RuleCoverage,
} from '../../spec/rewrite/index.js'
import { literalAt } from '../../spec/rewrite/pattern.js'
import type { Cells } from '../../spec/terms/cells.js'
import type { Operation } from '../../spec/terms/operation.js'
import type { FuzzReport } from '../reports/fuzz/codec.js'
import { FEATURES_OF_KIND, type Feature } from '../targets/features.js'

/** What it takes for a premise to fail, or to hold: a feature, a configuration other than the usual, or it never does. */
type Takes = Feature | 'configuration' | 'never'

const TO_FAIL: Readonly<Record<string, Takes>> = {
  'caller-owns-vm': 'stranger',
  'argument-readable': 'bad-pointer',
  'bitmap-read': 'bad-pointer',
  'bitmap-reachable': 'bad-pointer',
  'result-space-writable': 'bad-pointer',
  'slot-objects-allocated': 'fail-allocation',
  'bitmap-allocated': 'fail-allocation',
  'metadata-allocated': 'fail-allocation',
  'memory-allocated': 'fail-allocation',
  'bitmaps-in-use': 'dirty-ring',
  'no-ring-yet': 'dirty-ring',
  'no-vcpu-yet': 'vcpu',
  'not-stale': 'generation',
  'generation-reached': 'generation',
  'no-memfd-on-live-slot': 'gmem',
  'descriptor-open': 'gmem',
  'descriptor-is-memfd': 'gmem',
  'memfd-offset-sound': 'gmem',
  'within-file': 'gmem',
  'file-pages-free': 'gmem',
  'few-enough-entries': 'configuration',
  visible: 'internal',
}
const TO_HOLD: Readonly<Record<string, Takes>> = {
  'region2-may-be-missing': 'kernels',
  'may-be-beyond-file': 'gmem',
  'memfd-may-be-unknown': 'limits',
  'allocation-may-fail': 'never',
  'first-fault-is-ring': 'dirty-ring',
}

/** What a rule needs that none of its premises shows. */
const OF_RULE: Readonly<Record<string, Takes>> = { 'smm.none': 'configuration', 'set.flags': 'region2' }

const takesTo = (premise: Premise<Cells>, answer: 'hold' | 'fail'): Takes | undefined => {
  const { negates } = premise
  if (negates !== undefined) return takesTo(negates, answer === 'hold' ? 'fail' : 'hold')
  // In strict order a fault is asked for only where it was found to be the first.
  if (premise.name.endsWith('-occurs') && answer === 'fail') return 'never'
  return (answer === 'hold' ? TO_HOLD : TO_FAIL)[premise.name]
}

/** What a target has: its features, and whether its VMs can have any configuration. */
interface Means {
  readonly features: ReadonlySet<Feature>
  readonly anyConfig: boolean
}

const has = ({ features, anyConfig }: Means, takes: Takes | undefined): boolean =>
  takes === undefined || (takes === 'configuration' ? anyConfig : takes !== 'never' && features.has(takes))

/** Whether a target can be brought to where a rule fires. */
const isWithinReach = (rule: Rule<Cells>, means: Means): boolean => {
  const op = literalAt(rule.match, ['call', 'op']) as Operation['op'] // every rule of a call matches one
  const ring = literalAt(rule.match, ['call', 'cap']) === 'dirty-log-ring'
  const own = [...FEATURES_OF_KIND[op], OF_RULE[rule.id], ...(ring ? (['dirty-ring'] as const) : [])]
  return [...own, ...rule.when.map(premise => takesTo(premise, 'hold'))].every(takes => has(means, takes))
}

/** What has been counted between two looks at a relation’s counters, which the whole process shares. */
export const between = (
  before: readonly RuleCoverage[],
  after: readonly RuleCoverage[],
): readonly RuleCoverage[] =>
  after.map((rule, i) => ({
    rule: rule.rule,
    fired: rule.fired - (before[i]?.fired ?? 0),
    premises: rule.premises.map((premise, j) => ({
      premise: premise.premise,
      held: premise.held - (before[i]?.premises[j]?.held ?? 0),
      failed: premise.failed - (before[i]?.premises[j]?.failed ?? 0),
    })),
  }))

/** What a report says of coverage. */
export type Reached = Pick<
  FuzzReport,
  'rulesReached' | 'rulesTotal' | 'polaritiesReached' | 'polaritiesTotal' | 'unreached' | 'rules'
>

const sides = ['hold', 'fail'] as const

/** Watches the rules of a relation from now on. */
export const watch = (relation: Relation<Cells>, means: Means): (() => Reached) => {
  const before = coverage(relation)
  const reachable = new Map(
    relation.rules.filter(rule => isWithinReach(rule, means)).map(rule => [rule.id, rule]),
  )
  return () => {
    const rules = between(before, coverage(relation)).filter(({ rule }) => reachable.has(rule))
    const unreached = rules.filter(({ fired }) => fired === 0).map(({ rule }) => rule)
    const polarities = rules.flatMap(({ rule, premises }) =>
      (reachable.get(rule)?.when ?? []).flatMap((premise, i) =>
        sides
          .filter(side => has(means, takesTo(premise, side)))
          .map(side => ({
            what: `${rule}: ${premise.name} ${side}s`,
            count: (side === 'hold' ? premises[i]?.held : premises[i]?.failed) ?? 0,
          })),
      ),
    )
    const unseen = polarities.filter(({ count }) => count === 0).map(({ what }) => what)
    return {
      rulesReached: rules.length - unreached.length,
      rulesTotal: rules.length,
      polaritiesReached: polarities.length - unseen.length,
      polaritiesTotal: polarities.length,
      unreached: [...unreached, ...unseen],
      rules,
    }
  }
}
