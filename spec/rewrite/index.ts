export { coverage, type PremiseCoverage, type RuleCoverage } from './coverage.js'
export { identity } from './identity.js'
export { naiveStep } from './naive.js'
export { type CompiledPattern, compilePattern } from './pattern.js'
export {
  type Judgement,
  judge,
  not,
  type Premise,
  premise,
  type Reason,
  type Sentences,
  type Values,
} from './premise.js'
export { type Refutation, refute, refuteFamily } from './refute.js'
export { type Relation, relation, resetCounts, type Successor, step } from './relation.js'
export {
  type Bindings,
  type Citation,
  loose,
  type NarrowRule,
  type Notes,
  type Rule,
  type RuleKind,
  rule,
  type SpecialOutcome,
  strict,
} from './rule.js'
export { pathTo, type Reached, run, type SearchOptions, type SearchResult, search } from './search.js'
