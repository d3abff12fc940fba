import { stepSystem } from '../../../oracle/designs/system/system.js'
import type { System } from '../../../oracle/explore/system.js'
import { batchDesign } from '../../../spec/designs/batch.js'
import type { Design, Plan, Update } from '../../../spec/designs/design.js'
import { sequential } from '../../../spec/designs/sequential.js'
import { fullMenu, initialCells, type Scope, worldOf } from '../../../spec/designs/world.js'
import { stepRelation } from '../../../spec/rules/steps/relation.js'
import type { StepCells } from '../../../spec/terms/steps/cells.js'
import type { StepSlot } from '../../../spec/terms/steps/slots.js'
import type { World } from '../../../spec/terms/steps/world.js'
import { bareNames } from './bare-names.js'

const FRAMES = 2
/** Marks a slot as logged in a wanted set: the design gives each logged slot a bitmap of its own. */
const LOGGED = 0

const slot = (
  id: number,
  base: number,
  npages: number,
  hva: number,
  more: Partial<StepSlot> = {},
): StepSlot => ({
  id,
  base,
  npages,
  hva,
  ro: false,
  log: -1,
  state: 'live',
  ...more,
})
const logged = { log: LOGGED }

const update = (before: readonly StepSlot[], after: readonly StepSlot[]): Update => ({
  before,
  after,
  frames: FRAMES,
  nextLog: before.filter(s => s.log >= 0).length,
})

/** The updates that the three model checkers search, written `id:base+pages@host page flags`. */
export const UPDATES = {
  /** `1:0+2@0 log -> 1:0+1@0 log, 2:1+1@1 log` */
  split: update([slot(1, 0, 2, 0, logged)], [slot(1, 0, 1, 0, logged), slot(2, 1, 1, 1, logged)]),
  /** `1:0+2@0 -> 1:0+1@0, 2:1+1@2` */
  'back anew': update([slot(1, 0, 2, 0)], [slot(1, 0, 1, 0), slot(2, 1, 1, 2)]),
  /** `1:0+2@0 log -> 1:0+1@0 log, 2:1+1@2 log`: bits are carried and bits are retired. */
  'split, back anew': update(
    [slot(1, 0, 2, 0, logged)],
    [slot(1, 0, 1, 0, logged), slot(2, 1, 1, 2, logged)],
  ),
  /** `1:0+2@0 -> 1:0+2@0 log`: permission to write is revoked, before the return. */
  'log on': update([slot(1, 0, 2, 0)], [slot(1, 0, 2, 0, logged)]),
  /** `1:0+2@0 log -> 1:0+2@0 ro`: writes alone are blocked. */
  restrict: update([slot(1, 0, 2, 0, logged)], [slot(1, 0, 2, 0, { ro: true })]),
  /** `1:0+1@0 log -> 1:1+1@0 log`: a frame vanishes and one appears, and the bitmap moves. */
  move: update([slot(1, 0, 1, 0, logged)], [slot(1, 1, 1, 0, logged)]),
} as const
export type UpdateName = keyof typeof UPDATES

/** There and back by two batches: before the second, accesses that waited for the first must have had their turn. */
const twice = (update: Update): Plan | null => {
  const there = batchDesign.plan(update)
  if (there === null) return null
  const back = batchDesign.plan({ ...update, before: there.after, after: update.before, nextLog: there.logs })
  return back === null
    ? null
    : { ...back, script: [...there.script, ...back.script.slice(back.start)], start: there.start }
}

export const DESIGNS = {
  sequential,
  batch: batchDesign,
  // The peers have one way to wait, and owe a turn to all that do.
  'batch, and back': {
    ...batchDesign,
    id: 'batch, and back',
    behaviour: { ...batchDesign.behaviour, waits: 'inside' },
    plan: twice,
  },
} as const satisfies Readonly<Record<string, Design>>
export type DesignName = keyof typeof DESIGNS

/** One vCPU, two accesses of any kind, one harvest, nothing cached to begin with. */
export const SMALL: Scope = {
  frames: FRAMES,
  vcpus: 1,
  accesses: 2,
  harvests: 1,
  menu: fullMenu(FRAMES),
  warm: false,
}

/** The same with more accesses, for timing: a search must last longer than a tick of the clock. */
export const LARGE: Scope = { ...SMALL, accesses: 8, harvests: 3 }

export const worldFor = (design: DesignName, name: UpdateName, scope: Scope): World => {
  const world = worldOf(DESIGNS[design], UPDATES[name], scope)
  if (world === null) throw new Error(`${design} has no plan for ${name}`) // both have one for every update
  return world
}

/** The system of the rules themselves, its states distinguished as the peers distinguish them. */
export const bareSystem = (world: World, scope: Scope): System<StepCells> =>
  stepSystem(initialCells(world, scope), stepRelation, bareNames())
