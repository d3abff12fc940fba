import { type Effect, effectsOf } from '../../oracle/effects.js'
import { type Config, parametersOf } from '../../oracle/wire/config.js'
import { identity } from '../../spec/rewrite/index.js'
import { type Cells, initialMachine } from '../../spec/terms/cells.js'
import { KERNEL_NAMES, KERNELS, type KernelName, VENDORS } from '../../spec/terms/kernels.js'
import type { Operation } from '../../spec/terms/operation.js'
import { countPages, type PageSet, runsOf } from '../../spec/terms/page-set.js'
import type { Parameters } from '../../spec/terms/parameters.js'
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

/**
 * Kernels that a program may meet, the newest first. A target that is asked it has what it needs, so one without REGION2
 * does not meet a program that calls it.
 */
const kernelsOf = (ops: readonly Operation[]): readonly KernelName[] => {
  const callsRegion2 = ops.some(o => o.op === 'set' && o.ioctl === 2)
  return KERNEL_NAMES.filter(name => KERNELS[name].region2 || !callsRegion2).toReversed()
}

const distinct = <T>(lists: readonly (readonly T[])[]): readonly T[] => [
  ...new Map(lists.flat().map(one => [identity(one), one])).values(),
]

interface Way extends Allowance {
  /** Whether an operation could have ended in more than one way. */
  readonly branches: boolean
}

/** Of the effects that leave the vCPUs as they are, the first. */
const firstForVcpus = (effects: readonly Effect[]): readonly Cells[] => {
  const [first, ...others] = effects.map(({ cells }) => ({ ...cells, returned: null }))
  if (first === undefined) return []
  // What vCPUs are differs rarely, and is dear to name.
  if (others.every(({ vcpus }) => vcpus === first.vcpus)) return [first]
  return [
    ...new Map([first, ...others].toReversed().map(one => [identity(one.vcpus), one])).values(),
  ].reverse()
}

/**
 * Steps the specification through a program, going on from the first effect of each operation; where effects leave
 * something else with a vCPU, such as an exception that is queued, from the first of each kind.
 */
const along = (params: Parameters, ops: readonly Operation[]): Way => {
  let all: readonly Cells[] = [initialMachine(params)]
  let branches = false
  const rules = new Set<string>()
  const allow: (readonly Allowed[])[] = []
  const loose: (readonly Allowed[])[] = []
  for (const operation of ops) {
    const effects = all.flatMap(cells => effectsOf(cells, operation))
    const [first, second] = effects
    if (first === undefined) throw new Error(`no rule applies to ${operation.op}`) // a test: no label is stuck
    branches ||= second !== undefined
    const strict = answersOf(effects.map(effect => effect.result))
    const known = new Set(effects.map(effect => identity(effect.result)))
    const unordered = all.flatMap(cells =>
      effectsOf({ ...cells, params: { ...cells.params, errors: 'loose' } }, operation),
    )
    allow.push(strict)
    loose.push(answersOf(unordered.map(e => e.result).filter(result => !known.has(identity(result)))))
    for (const { rule, rules: way = [rule] } of effects) for (const { id } of way) rules.add(id)
    all = firstForVcpus(effects)
  }
  return { allow, loose: loose.some(l => l.length > 0) ? loose : [], rules: [...rules].sort(), branches }
}

/** What any of these ways allows. An answer that one of them allows in strict order is not loose. */
const anyOf = (ways: readonly Way[], length: number): Allowance => {
  const at = (field: 'allow' | 'loose', i: number) => distinct(ways.map(way => way[field][i] ?? []))
  const places = Array.from({ length }, (_, i) => i)
  const allow = places.map(i => at('allow', i))
  const loose = places.map(i => {
    const known = new Set((allow[i] ?? []).map(answer => identity(answer)))
    return at('loose', i).filter(answer => !known.has(identity(answer)))
  })
  return {
    allow,
    loose: loose.some(l => l.length > 0) ? loose : [],
    rules: distinct(ways.map(way => way.rules)).toSorted(),
  }
}

/** The parameters on each kernel and each vendor's processor that they leave open; a kernel that is not named settles no other. */
const everywhere = (params: Parameters, ops: readonly Operation[]): readonly Parameters[] => {
  const kernels = params.kernel === undefined ? kernelsOf(ops) : [params.kernel]
  const vendors = params.vendor === undefined ? VENDORS : [params.vendor]
  return kernels.flatMap(kernel => vendors.map(vendor => ({ ...params, kernel, vendor })))
}

/**
 * What the specification allows a program. Where the configuration names no kernel or no vendor, and they differ, each
 * goes its own way through the program, and an operation may be answered as any of them answers it.
 */
export const allowanceOf = (config: Config, ops: readonly Operation[]): Allowance => {
  const params = parametersOf({ ...config, errors: 'strict' })
  const { branches, ...whole } = along(params, ops)
  if (!branches) return whole
  const [first = params, ...others] = everywhere(params, ops)
  if (others.length === 0) return whole
  return anyOf(
    [first, ...others].map(one => along(one, ops)),
    ops.length,
  )
}
