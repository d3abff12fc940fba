import { stepSystem } from '../../../oracle/designs/system/system.js'
import type { System } from '../../../oracle/explore/system.js'
import { batchDesign } from '../../../spec/designs/batch.js'
import { readUpdate } from '../../../spec/designs/notation.js'
import { fullMenu, initialCells, type Scope, worldOf, writersMenu } from '../../../spec/designs/world.js'
import type { Relation } from '../../../spec/rewrite/index.js'
import type { StepCells } from '../../../spec/terms/steps/cells.js'

/** A batch that is searched under changed rules, and the workload it is searched in. */
export interface MatterWorld {
  readonly id: string
  readonly workload: string
  readonly system: (rules: Relation<StepCells>) => System<StepCells>
}

/** Together they have every class of page, and both sources of a carried log. */
const UPDATES: readonly (readonly [id: string, before: string, after: string, frames: number])[] = [
  ['vanished', '1 0+1@0', '', 1],
  ['redirected', '1 0+1@0', '1 0+1@1', 1],
  ['restricted', '1 0+1@0', '1 0+1@0 R', 1],
  ['relaxed', '1 0+1@0 R', '1 0+1@0', 1],
  ['logged', '1 0+1@0', '1 0+1@0 L0', 1],
  ['logged no more', '1 0+1@0 L0', '1 0+1@0', 1],
  ['kept, under another id', '1 0+1@0 L0', '2 0+1@0 L0', 1],
  ['moved', '1 0+1@0 L0', '1 1+1@0 L0', 2],
  ['appeared beside a hole', '', '1 1+1@0', 2],
  ['truncated', '1 0+2@0', '1 0+1@0', 2],
]

const workload = (frames: number, more: Partial<Scope>): Scope => ({
  frames,
  vcpus: 1,
  accesses: 1,
  harvests: 0,
  menu: fullMenu(frames),
  warm: false,
  ...more,
})

const WORKLOADS: readonly (readonly [id: string, scope: (frames: number) => Scope])[] = [
  ['a vCPU alone', frames => workload(frames, { accesses: 2, harvests: 1 })],
  ['a vCPU that writes otherwise', frames => workload(frames, { menu: writersMenu(frames), warm: true })],
  ['a vCPU in SMM and out', frames => workload(frames, { accesses: 2, switches: 2, menu: fullMenu(1) })],
  ['two vCPUs', frames => workload(frames, { vcpus: 2, warm: true })],
]

/** The worlds in which a change of the rules is looked for. */
export const matterWorlds: readonly MatterWorld[] = WORKLOADS.flatMap(([who, scopeOf]) =>
  UPDATES.map(([what, before, after, frames]) => ({
    id: `${what}, ${who}`,
    workload: who,
    system: rules => {
      const scope = scopeOf(frames)
      const world = worldOf(batchDesign, readUpdate(before, after, frames), scope)
      if (world === null) throw new Error(`the batch has no plan for ${what}`) // it has one for everything
      return stepSystem(initialCells(world, scope), rules)
    },
  })),
)
