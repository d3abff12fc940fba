import { effectsOf } from '../../oracle/effects.js'
import { type Config, parametersOf } from '../../oracle/wire/config.js'
import { identity } from '../../spec/rewrite/index.js'
import { type Cells, initialMachine } from '../../spec/terms/cells.js'
import type { Operation } from '../../spec/terms/operation.js'
import { countPages, type PageSet, runsOf } from '../../spec/terms/page-set.js'
import type { Result, Retired } from '../../spec/terms/result.js'
import type { Allowed } from './case.js'

const perhaps = (maybe: PageSet) => (maybe.length === 0 ? {} : { maybe: runsOf(maybe) })

const record = ({ id, base, npages, set, maybe }: Retired, bits: boolean) => ({
  id,
  base,
  npages,
  count: countPages(set),
  ...(bits ? { bits: runsOf(set) } : {}),
  ...perhaps(maybe),
})

/** A result of the specification in the words of a case. */
export const allowedAnswer = (result: Result): Allowed => {
  switch (result.is) {
    case 'error': {
      const { errno, index, bound } = result
      return { errno, ...(index === null ? {} : { index }), ...(bound === null ? {} : { bound }) }
    }
    case 'done':
      return result.generation === null ? {} : { generation: result.generation }
    case 'log': {
      const { set, maybe, bytes, generation } = result
      return { generation, bits: runsOf(set), bytes, ...perhaps(maybe) }
    }
    case 'batch': {
      const { generation, retired, asked } = result
      if (asked !== 'total') return { generation, retired: retired.map(r => record(r, asked === 'bits')) }
      const sure = retired.reduce((sum, r) => sum + countPages(r.set), 0)
      const unsure = retired.some(r => r.maybe.length > 0)
      return unsure ? { generation } : { generation, retiredCount: sure }
    }
    case 'found':
      return { found: result.found }
    case 'ranges':
      return { ranges: result.ranges }
    case 'access': {
      const { end, data, errno, details } = result
      return {
        end,
        ...(data === null ? {} : { data }),
        ...(errno === null ? {} : { errno }),
        ...(details ?? {}),
      }
    }
    case 'loaded':
      return result.exception === null ? {} : { exception: result.exception }
  }
}

/** The answers that the specification allows to a program, and the rules that allow them. */
export interface Allowance {
  readonly allow: readonly (readonly Allowed[])[]
  readonly loose: readonly (readonly Allowed[])[]
  readonly rules: readonly string[]
}

export const answersOf = (results: readonly Result[]): readonly Allowed[] => [
  ...new Map(results.map(result => [identity(result), allowedAnswer(result)])).values(),
]

/** Steps the specification through a program, going on from the first effect of each operation. */
export const allowanceOf = (config: Config, ops: readonly Operation[]): Allowance => {
  let cells: Cells = initialMachine(parametersOf({ ...config, errors: 'strict' }))
  const rules = new Set<string>()
  const allow: (readonly Allowed[])[] = []
  const loose: (readonly Allowed[])[] = []
  for (const operation of ops) {
    const effects = effectsOf(cells, operation)
    const [first] = effects
    if (first === undefined) throw new Error(`no rule applies to ${operation.op}`) // a test: no label is stuck
    const strict = answersOf(effects.map(effect => effect.result))
    const known = new Set(effects.map(effect => identity(effect.result)))
    const unordered = effectsOf({ ...cells, params: { ...cells.params, errors: 'loose' } }, operation)
    allow.push(strict)
    loose.push(answersOf(unordered.map(e => e.result).filter(result => !known.has(identity(result)))))
    for (const { rule, rules: way = [rule] } of effects) for (const { id } of way) rules.add(id)
    cells = { ...first.cells, returned: null }
  }
  return { allow, loose: loose.some(l => l.length > 0) ? loose : [], rules: [...rules].sort() }
}
