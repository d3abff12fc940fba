import type { Design, Update } from '../../spec/designs/design.js'
import { designs } from '../../spec/designs/index.js'
import { SCOPES, type ScopeName, updatesOf } from '../../spec/designs/scope.js'
import { type Property, properties } from '../../spec/properties/properties.js'
import type { StepCells } from '../../spec/terms/steps/cells.js'
import { explore } from '../explore/explore.js'
import { joinVerdicts, lengthOf, type Run, type Verdict } from '../explore/result.js'
import { ALONE, type Company, PAIR, scopeOf, systemOf } from './system.js'

/** What a property is for a design: it holds in all states of the scope, or fails by a run, or was not decided. */
export interface Cell {
  readonly design: string
  readonly property: string
  readonly holds: boolean | 'inconclusive'
  readonly states: number
  /** Steps of the shortest run that breaks it. */
  readonly steps: number | null
  readonly run: Run<StepCells> | null
}

export interface Row {
  readonly design: string
  readonly says: string
  readonly updates: number
  /** Updates the design has no plan for. */
  readonly leftOut: number
  readonly states: number
  readonly transitions: number
  readonly seconds: number
  readonly cells: readonly Cell[]
}

export interface MatrixOptions {
  readonly scope: ScopeName
  readonly designs?: readonly Design[]
  readonly properties?: readonly Property[]
  /** The most states of one update under one design. */
  readonly maxStates?: number
  /** Takes every n-th update in place of what the scope says. */
  readonly every?: number
  readonly stop?: AbortSignal
  readonly onProgress?: (done: number, total: number, design: string) => void
}

const COMPANIES: readonly {
  readonly company: Company
  readonly warm: boolean
  readonly liveness: boolean
}[] = [
  { company: ALONE, warm: false, liveness: true },
  // Two vCPUs that are alike have no names, so that nobody can be said to wait all along.
  { company: PAIR, warm: true, liveness: false },
]

const safetyOf = (wanted: readonly Property[]) =>
  wanted.flatMap(p => (p.kind === 'safety' ? [{ name: p.id, violated: p.violated }] : []))
const livenessOf = (wanted: readonly Property[]) =>
  wanted.flatMap(p => (p.kind === 'liveness' ? [{ name: p.id, pending: p.pending }] : []))

const rowOf = (
  design: Design,
  updates: readonly Update[],
  options: MatrixOptions,
  wanted: readonly Property[],
): Row => {
  const started = performance.now()
  const verdicts = new Map<string, Verdict<StepCells>>()
  let leftOut = 0
  let states = 0
  let transitions = 0
  for (const [i, update] of updates.entries()) {
    if (options.stop?.aborted === true) break
    if (i % 20 === 0) options.onProgress?.(i, updates.length, design.id)
    let planned = false
    for (const { company, warm, liveness } of COMPANIES) {
      const system = systemOf(design, update, scopeOf(company, update.frames, warm))
      if (system === null) break
      planned = true
      const result = explore(system, {
        safety: safetyOf(wanted),
        liveness: liveness ? livenessOf(wanted) : [],
        reduce: false,
        ...(options.maxStates === undefined ? {} : { maxStates: options.maxStates }),
        ...(options.stop === undefined ? {} : { stop: options.stop }),
      })
      states += result.states
      transitions += result.transitions
      for (const [name, verdict] of result.verdicts) {
        const before = verdicts.get(name)
        verdicts.set(name, before === undefined ? verdict : joinVerdicts(before, verdict))
      }
    }
    if (!planned) leftOut++
  }
  const cells = wanted.map((property): Cell => {
    const verdict = verdicts.get(property.id)
    const base = { design: design.id, property: property.id, states }
    if (verdict === undefined || verdict.holds === 'inconclusive')
      return { ...base, holds: 'inconclusive', steps: null, run: null }
    if (verdict.holds === true) return { ...base, holds: true, steps: null, run: null }
    return { ...base, holds: false, steps: lengthOf(verdict.run), run: verdict.run }
  })
  const seconds = (performance.now() - started) / 1000
  return {
    design: design.id,
    says: design.says,
    updates: updates.length,
    leftOut,
    states,
    transitions,
    seconds,
    cells,
  }
}

/** Every design against every property, over every update of the scope. */
export const matrixOf = function* (options: MatrixOptions): Generator<Row> {
  const { every } = { every: SCOPES[options.scope].every, ...options }
  const updates = [...updatesOf(SCOPES[options.scope])].filter((_, i) => i % every === 0)
  for (const design of options.designs ?? designs)
    yield rowOf(design, updates, options, options.properties ?? properties)
}
