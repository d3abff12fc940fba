import type { StepCells } from '../../../spec/terms/steps/cells.js'
import type { Run } from '../../explore/result.js'

/*
 * The Informal Trace Format of Apalache, which trace viewers of TLA+ read: the variables, and their values in each state.
 * It has no null, so that null is the variant `None`.
 */

/** A value as the format writes it. */
export type ItfValue = boolean | number | string | readonly ItfValue[] | { readonly [name: string]: ItfValue }

const NONE = { tag: 'None', value: 'UNIT' } as const

/** Cells are data: what a rule left out of a record is left out here. */
export const toItf = (value: unknown): ItfValue => {
  if (value === null) return NONE
  if (Array.isArray(value)) return value.map(toItf)
  if (typeof value === 'object')
    return Object.fromEntries(
      Object.entries(value as Readonly<Record<string, unknown>>)
        .filter(([, inner]) => inner !== undefined)
        .map(([name, inner]) => [name, toItf(inner)]),
    )
  if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') return value
  throw new Error(`a cell holds a ${typeof value}`) // at the grain of steps there are small numbers only
}

/** The value that `toItf` wrote. */
export const fromItf = (value: ItfValue): unknown => {
  if (typeof value !== 'object') return value
  if (Array.isArray(value)) return value.map(fromItf)
  const fields = value as { readonly [name: string]: ItfValue }
  if (fields.tag === NONE.tag && fields.value === NONE.value) return null
  return Object.fromEntries(Object.entries(fields).map(([name, inner]) => [name, fromItf(inner)]))
}

/** What of the cells is a variable: the rest does not change while a run goes on. */
export const ITF_VARIABLES = [
  'updater',
  'vcpus',
  'spaces',
  'logs',
  'unreported',
  'harvester',
  'seen',
] as const satisfies readonly (keyof StepCells)[]

/** A run in the format: a state for each moment, with the rule that led to it as `rule`. */
export interface Itf {
  readonly '#meta': { readonly format: 'ITF'; readonly description: string }
  readonly vars: readonly string[]
  readonly states: readonly { readonly [name: string]: ItfValue }[]
  /** Of a run without end: the state it goes back to. */
  readonly loop?: number
}

const stateOf = (cells: StepCells, rule: string, index: number): Itf['states'][number] => ({
  '#meta': { index },
  rule,
  ...Object.fromEntries(ITF_VARIABLES.map(name => [name, toItf(cells[name])])),
})

/** A run of the explorer as a value that is written as JSON. */
export const itfOfRun = ({ initial, steps, cycle = [], why }: Run<StepCells>): Itf => ({
  '#meta': { format: 'ITF', description: `memslot explore: ${why}` },
  vars: ['rule', ...ITF_VARIABLES],
  states: [
    stateOf(initial, 'begin', 0),
    ...[...steps, ...cycle].map(({ cells, rule }, i) => stateOf(cells, rule, i + 1)),
  ],
  ...(cycle.length === 0 ? {} : { loop: steps.length }),
})
