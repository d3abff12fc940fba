import { batchDesign } from '../designs/batch.js'
import { planOf } from '../designs/calls.js'
import type { Design } from '../designs/design.js'
import { readSlots, readUpdate } from '../designs/notation.js'
import { fullMenu, initialCells, type Scope, worldOf } from '../designs/world.js'
import type { StepCells } from '../terms/steps/cells.js'
import type { Micro } from '../terms/steps/script.js'
import { properties } from './properties.js'

const SCOPE: Scope = { frames: 2, vcpus: 2, accesses: 3, harvests: 1, menu: fullMenu(2), warm: false }

/** An update as tests write it, about to begin, with two vCPUs that may make any access. */
export const begin = (
  design: Design,
  before: string,
  after: string,
  scope: Partial<Scope> = {},
): StepCells => {
  const whole = { ...SCOPE, ...scope }
  const world = worldOf(design, readUpdate(before, after), whole)
  if (world === null) throw new Error('no plan') // tests begin what there is a plan for
  return initialCells(world, whole)
}

/** The properties of one update that a state breaks; for liveness, those of which a vCPU waits in it, not interrupted. */
export const broken = (cells: StepCells): readonly string[] =>
  properties.flatMap(p =>
    !(p.kind === 'liveness' && (p.forEver === true || p.interrupted === true)) &&
    (p.kind === 'safety' ? p.violated(cells) !== null : p.pending(cells).length > 0)
      ? [p.id]
      : [],
  )

/** A design whose script is given, right or wrong. */
export const scripted = (steps: readonly Micro[]): Design => ({
  ...batchDesign,
  id: 'scripted',
  plan: update => planOf({ slots: update.after, nextLog: update.nextLog + 1, steps, names: [], abort: [] }),
})

export const publishing = (slots: string) =>
  ({ kind: 'publish', space: 0, set: { slots: readSlots(slots), blocked: [], noWrites: [] } }) as const
