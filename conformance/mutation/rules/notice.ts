import { everyone } from '../../../oracle/designs/everyone.js'
import { explore } from '../../../oracle/explore/explore.js'
import type { System } from '../../../oracle/explore/system.js'
import { properties } from '../../../spec/properties/properties.js'
import type { Relation } from '../../../spec/rewrite/index.js'
import type { StepCells } from '../../../spec/terms/steps/cells.js'
import type { Notice } from '../../reports/matter/codec.js'
import { observationsOf } from './observations.js'
import type { MatterWorld } from './worlds.js'

/** What a search of a world under some rules has found. */
export interface Looked {
  /** Where updater and vCPUs stand that have no next step before all is over; null where there is no such state. */
  readonly stuck: string | null
  readonly observed: ReadonlySet<string>
}

/** States of a search. No world has as many under the rules as they are. */
const MAX_STATES = 12_000

/** A property that the batch does not have: its unit is the access, not the fetch. */
const NOT_HELD = new Set(['two-maps, fetch-atomic'])
const wanted = properties.filter(p => !NOT_HELD.has(p.id))

/** A property that never fails, so that the search visits every state. */
const NEVER = { name: 'nothing', violated: () => null }

const isOver = ({ updater, vcpus }: StepCells): boolean =>
  updater.at === 'idle' && vcpus.every(v => v.at === 'done' || (v.at === 'ready' && v.left <= 0))

const search = (system: System<StepCells>, forEver: boolean) =>
  explore(system, {
    safety: wanted.flatMap(p =>
      p.kind === 'safety' && !forEver ? [{ name: p.id, violated: p.violated }] : [],
    ),
    liveness: wanted.flatMap(p =>
      p.kind === 'liveness' && system.permutesActors !== true ? [{ name: p.id, pending: everyone(p) }] : [],
    ),
    reduce: false,
    maxStates: MAX_STATES,
  })

/** The property that fails in a world under rules, or the error that a rule ends in; null where all hold. */
export const ask = (world: MatterWorld, rules: Relation<StepCells>): Notice | null => {
  try {
    for (const [what, { holds }] of search(world.system(rules), world.forEver === true).verdicts)
      if (holds === false) return { by: 'property', what, world: world.id }
    return null
  } catch (error) {
    const what = error instanceof Error ? error.message : String(error)
    return { by: 'contradiction', what, world: world.id }
  }
}

/** Searches a world under rules for a state without a next step, and collects the steps that are seen. No property fails in it. */
export const look = (world: MatterWorld, rules: Relation<StepCells>): Looked => {
  const observed = new Set<string>()
  let stuck: string | null = null
  const { parts: _, ...system } = world.system(rules)
  const successors = (cells: StepCells) => {
    const moves = system.successors?.(cells) ?? []
    for (const { cells: to } of moves) for (const what of observationsOf(cells, to)) observed.add(what)
    if (moves.length === 0 && !isOver(cells))
      stuck ??= `the updater at ${cells.updater.at}, vCPUs ${cells.vcpus.map(v => v.at).join(' and ')}`
    return moves
  }
  explore({ ...system, successors }, { safety: [NEVER], liveness: [], reduce: false, maxStates: MAX_STATES })
  return { stuck, observed }
}
