import { accept, effectsOf } from '../../oracle/effects.js'
import { parametersOf } from '../../oracle/wire/config.js'
import { coverage, type RuleCoverage, resetCounts } from '../../spec/rewrite/index.js'
import { allRules } from '../../spec/rules/all.js'
import { answerRelation, callRelation } from '../../spec/rules/calls.js'
import { fetchPathRelation } from '../../spec/rules/fetch-path.js'
import { type Cells, initialMachine } from '../../spec/terms/cells.js'
import type { Case } from '../cases/case.js'
import type { CoverageReport } from '../reports/conform/codec.js'
import { specTarget } from '../targets/spec.js'
import { EXCLUSIONS } from './exclusions.js'
import { takenMistakes } from './mistaken.js'

const RELATIONS = [
  callRelation({ profile: 'linux', errors: 'strict' }),
  callRelation({ profile: 'batch', errors: 'strict' }),
  fetchPathRelation,
  answerRelation,
]

/** Cases of a block are alike: which answers are wrong is not asked of each. */
const MISTAKEN_OF_BLOCKS = 32

/** Steps the specification through every case, offering it right answers, and to one case of `stride` wrong ones. */
function* exercise(cases: readonly Case[], stride: number): Generator<void, void> {
  for (const [i, one] of cases.entries()) {
    const vm = specTarget.now.open(one.config)
    let cells: Cells = initialMachine(parametersOf({ ...one.config, errors: 'strict' }))
    for (const operation of one.ops) {
      const [effect] = effectsOf(cells, operation)
      if (effect === undefined) break // nothing follows a label without a rule
      const seen = vm.perform(operation)
      cells = accept(effect, seen) ?? { ...effect.cells, returned: null }
      if (i % stride === 0) takenMistakes(effect)
      yield
    }
  }
}

const merged = (all: readonly RuleCoverage[]): ReadonlyMap<string, RuleCoverage> => {
  const by = new Map<string, RuleCoverage>()
  for (const one of all) {
    const was = by.get(one.rule)
    const premises = one.premises.map((p, i) => ({
      premise: p.premise,
      held: p.held + (was?.premises[i]?.held ?? 0),
      failed: p.failed + (was?.premises[i]?.failed ?? 0),
    }))
    by.set(one.rule, { rule: one.rule, fired: one.fired + (was?.fired ?? 0), premises })
  }
  return by
}

/**
 * How much of the specification the cases exercise: every rule, and every premise in both polarities. Measured step by
 * step. Rules are counted for the whole process: what others ask of them meanwhile counts as reached too.
 */
export function* coveringSuite(
  cases: readonly Case[],
  ofBlocks: readonly Case[],
): Generator<void, CoverageReport> {
  for (const relation of RELATIONS) resetCounts(relation)
  yield* exercise(cases, 1)
  yield* exercise(ofBlocks, MISTAKEN_OF_BLOCKS)
  const by = merged(RELATIONS.flatMap(relation => coverage(relation)))
  const wanted = allRules.flatMap(rule => [
    { what: rule.id, reached: (by.get(rule.id)?.fired ?? 0) > 0 },
    ...(by.get(rule.id)?.premises ?? []).flatMap(p => [
      { what: `${rule.id}: ${p.premise} holds`, reached: p.held > 0 },
      { what: `${rule.id}: ${p.premise} fails`, reached: p.failed > 0 },
    ]),
  ])
  const reasons = new Map(EXCLUSIONS.flatMap(({ what, why }) => what.map(w => [w, why] as const)))
  const isRule = (what: string) => !what.includes(': ')
  const open = wanted.filter(w => !w.reached)
  return {
    rules: allRules.length,
    fired: wanted.filter(w => isRule(w.what) && w.reached).length,
    polarities: wanted.filter(w => !isRule(w.what)).length,
    reached: wanted.filter(w => !isRule(w.what) && w.reached).length,
    excluded: open.flatMap(({ what }) => (reasons.has(what) ? [{ what, why: reasons.get(what) ?? '' }] : [])),
    missing: open.filter(w => !reasons.has(w.what)).map(w => w.what),
  }
}
