import { match } from 'ts-pattern'
import type { Design, Update } from '../../spec/designs/design.js'
import { designs } from '../../spec/designs/index.js'
import { repeated, unlogged } from '../../spec/designs/repeated.js'
import { SCOPES, type ScopeName, spread, updatesOf } from '../../spec/designs/scope.js'
import { type Property, properties } from '../../spec/properties/properties.js'
import { identity } from '../../spec/rewrite/index.js'
import type { StepCells } from '../../spec/terms/steps/cells.js'
import { explore } from '../explore/explore.js'
import { joinVerdicts, lengthOf, type Run, type Verdict } from '../explore/result.js'
import type { LivenessProperty, SafetyProperty, System } from '../explore/system.js'
import { isAsked } from './asked.js'
import { systemOf } from './system/system.js'
import {
  INTERRUPTED,
  INTERRUPTED_INSIDE,
  scopeOf,
  WAITING,
  WAITING_INSIDE,
  WORKLOADS,
  type Workload,
} from './workloads.js'

/**
 * The verdict on one property of one design: it holds in every state of the scope, fails by a run, or is not decided; or it
 * holds of all that it is promised of, and a run shows what it is not promised of.
 */
export interface Cell {
  readonly design: string
  readonly property: string
  readonly holds: boolean | 'not promised' | 'inconclusive'
  /** States of the searches that asked for the property. */
  readonly states: number
  /** Length of the shortest failing run, or of the shortest of what is not promised; null where there is none. */
  readonly steps: number | null
  readonly run: Run<StepCells> | null
}

/** One design against every property. */
export interface Row {
  readonly design: string
  readonly says: string
  /** Updates searched. */
  readonly updates: number
  /** Updates of the scope that the design has a plan for. */
  readonly planned: number
  /** Updates of the scope that it has no plan for. */
  readonly leftOut: number
  /** Of the planned, how many use a call that the design adds to today's; null where it adds none. */
  readonly withAdded: number | null
  readonly states: number
  readonly transitions: number
  readonly seconds: number
  readonly cells: readonly Cell[]
}

/** What to search. */
export interface MatrixOptions {
  readonly scope: ScopeName
  readonly designs?: readonly Design[]
  readonly properties?: readonly Property[]
  readonly onProgress?: (done: number, total: number, design: string) => void
}

interface Search {
  readonly system: System<StepCells>
  readonly safety: readonly SafetyProperty<StepCells>[]
  readonly liveness: readonly LivenessProperty<StepCells>[]
}

/**
 * The searches for one update: beside each workload, and repeated there and back for ever where a property asks for
 * it.
 */
const searchesOf = function* (
  design: Design,
  update: Update,
  wanted: readonly Property[],
  isNew: (update: Update) => boolean,
): Generator<Search> {
  const all = wanted.flatMap(p => (p.kind === 'safety' ? [{ name: p.id, violated: p.violated }] : []))
  const liveness = (forEver: boolean, interrupted: boolean) =>
    wanted.flatMap(p =>
      p.kind === 'liveness' && isAsked(p, { forEver, interrupted })
        ? [
            { name: p.id, pending: p.pending },
            ...(p.unpromised === undefined ? [] : [{ name: unpromised(p.id), pending: p.unpromised }]),
          ]
        : [],
    )
  for (const { workload, warm, liveness: decidesLiveness, emulates, kernel } of WORKLOADS) {
    if ((emulates === true && design.emulates !== true) || (kernel ?? design.kernel) !== design.kernel)
      continue
    const interrupts = (workload.interrupts ?? 0) > 0
    const asked = decidesLiveness ? liveness(false, interrupts) : []
    // Where no vCPU enters SMM nothing is observed of its space, and the states would be counted though they decide nothing.
    const safety = (workload.switches ?? 0) > 0 ? all : all.filter(({ name }) => name !== 'space-scoped')
    if (safety.length + asked.length === 0) continue
    const system = systemOf(design, update, scopeOf(workload, update.frames, warm))
    if (system !== null) yield { system, safety, liveness: asked }
  }
  const plain = unlogged(update)
  if (plain === null || !isNew(plain)) return
  const forEver = liveness(true, false)
  const interrupted = liveness(true, true)
  const inside = design.emulates === true
  const without: readonly Workload[] = inside ? [WAITING, WAITING_INSIDE] : [WAITING]
  const within: readonly Workload[] = inside ? [INTERRUPTED, INTERRUPTED_INSIDE] : [INTERRUPTED]
  for (const [workloads, asked] of [
    [without, forEver],
    [within, interrupted],
  ] as const)
    for (const workload of asked.length > 0 ? workloads : []) {
      const system = systemOf(repeated(design), plain, scopeOf(workload, plain.frames, false))
      if (system !== null) yield { system, safety: [], liveness: asked }
    }
}

/** The name under which a search asks for what a property does not promise. */
const unpromised = (property: string): string => `${property}, not promised`

const cellOf = (
  design: Design,
  { id }: Property,
  states: number,
  verdict?: Verdict<StepCells>,
  beyond?: Verdict<StepCells>,
): Cell => {
  const base = { design: design.id, property: id, states, steps: null, run: null }
  if (verdict?.holds === true && beyond?.holds === false)
    return { ...base, holds: 'not promised', steps: lengthOf(beyond.run), run: beyond.run }
  return match(verdict)
    .with({ holds: true }, (): Cell => ({ ...base, holds: true }))
    .with({ holds: false }, ({ run }): Cell => ({ ...base, holds: false, steps: lengthOf(run), run }))
    .with({ holds: 'inconclusive' }, undefined, (): Cell => ({ ...base, holds: 'inconclusive' }))
    .exhaustive()
}

/** Whether an update has not been asked about before. */
const firsts = (): ((update: Update) => boolean) => {
  const met = new Set<string>()
  return ({ before, after }) => met.size < met.add(identity([before, after])).size
}

const rowOf = (design: Design, all: readonly Update[], options: MatrixOptions): Row => {
  const { properties: wanted = properties } = options
  const started = performance.now()
  const { added } = design
  const planned: Update[] = []
  let withAdded = 0
  for (const update of all) {
    const plan = design.plan(update)
    if (plan === null) continue
    planned.push(update)
    if (plan.calls.some(call => added?.some(verb => call.startsWith(`${verb} `)) === true)) withAdded += 1
  }
  const updates = spread(planned, SCOPES[options.scope].most)
  const isNew = firsts()
  const verdicts = new Map<string, Verdict<StepCells>>()
  const statesOf = new Map<string, number>()
  let states = 0
  let transitions = 0
  for (const [i, update] of updates.entries()) {
    if (i % 5 === 0) options.onProgress?.(i, updates.length, design.id)
    for (const { system, safety, liveness } of searchesOf(design, update, wanted, isNew)) {
      const result = explore(system, { safety, liveness, reduce: false })
      states += result.states
      transitions += result.transitions
      for (const [name, verdict] of result.verdicts) {
        statesOf.set(name, (statesOf.get(name) ?? 0) + result.states)
        const before = verdicts.get(name)
        verdicts.set(name, before === undefined ? verdict : joinVerdicts(before, verdict))
      }
    }
  }
  return {
    design: design.id,
    says: design.says,
    updates: updates.length,
    planned: planned.length,
    leftOut: all.length - planned.length,
    withAdded: added === undefined ? null : withAdded,
    states,
    transitions,
    seconds: (performance.now() - started) / 1000,
    cells: wanted.map(property =>
      cellOf(
        design,
        property,
        statesOf.get(property.id) ?? 0,
        verdicts.get(property.id),
        verdicts.get(unpromised(property.id)),
      ),
    ),
  }
}

/**
 * A row for each design, over the updates of the scope. A row may take minutes; `onProgress` is called every few
 * updates.
 */
export const matrixOf = function* (options: MatrixOptions): Generator<Row> {
  const all = [...updatesOf(SCOPES[options.scope])]
  for (const design of options.designs ?? designs) yield rowOf(design, all, options)
}
