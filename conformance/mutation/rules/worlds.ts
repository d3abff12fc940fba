import { stepSystem } from '../../../oracle/designs/system/system.js'
import type { System } from '../../../oracle/explore/system.js'
import { batchDesign } from '../../../spec/designs/batch.js'
import type { Design, Update } from '../../../spec/designs/design.js'
import { readUpdate } from '../../../spec/designs/notation.js'
import { repeated, unlogged } from '../../../spec/designs/repeated.js'
import {
  emulatedMenu,
  fullMenu,
  initialCells,
  type Scope,
  worldOf,
  writersMenu,
} from '../../../spec/designs/world.js'
import type { Relation } from '../../../spec/rewrite/index.js'
import type { StepCells } from '../../../spec/terms/steps/cells.js'

/** A batch that is searched under changed rules, and the workload it is searched in. */
export interface MatterWorld {
  readonly id: string
  readonly workload: string
  /** Its updates follow each other for ever: no property of one update is asked. */
  readonly forEver?: true
  readonly system: (rules: Relation<StepCells>) => System<StepCells>
}

type Named = readonly [id: string, before: string, after: string, frames: number]

/** Together they have every class of page, and both sources of a carried log. */
const UPDATES: readonly [Named, ...(readonly Named[])] = [
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
  [
    'a vCPU that is interrupted',
    frames => workload(frames, { interrupts: 1, menu: [...fullMenu(1), ...insideMenu(frames)] }),
  ],
]

/** What KVM emulates, one access of it across pages: it waits inside the hypervisor, and is owed a turn. */
const insideMenu = (frames: number): Scope['menu'] => [
  ...emulatedMenu(frames).filter(want => want.emulated === true && want.kind !== 'fetch'),
  ...writersMenu(frames).flatMap(want =>
    want.together === true ? [{ ...want, emulated: true } as const] : [],
  ),
]

const systemFor = (design: Design, update: Update, scope: Scope) => (rules: Relation<StepCells>) => {
  const world = worldOf(design, update, scope)
  if (world === null) throw new Error('the batch has no plan') // it has one for everything
  return stepSystem(initialCells(world, scope), rules)
}

const FOR_EVER = 'batches for ever'
/** Batches there and back again, without end, with an access that waits inside; of the updates that are blocked for each way. */
const forEver: readonly MatterWorld[] = ['redirected', 'truncated'].flatMap(name => {
  const [what, before, after, frames] = UPDATES.find(([id]) => id === name) ?? UPDATES[0]
  const update = unlogged(readUpdate(before, after, frames))
  const scope = workload(frames, { interrupts: 1, menu: insideMenu(frames) })
  return update === null
    ? []
    : [
        {
          id: `${what}, ${FOR_EVER}`,
          workload: FOR_EVER,
          forEver: true,
          system: systemFor(repeated(batchDesign), update, { ...scope, interrupts: 0 }),
        },
        {
          id: `${what}, ${FOR_EVER}, interrupted`,
          workload: FOR_EVER,
          forEver: true,
          system: systemFor(repeated(batchDesign), update, scope),
        },
      ]
})

/** The worlds in which a change of the rules is looked for. */
export const matterWorlds: readonly MatterWorld[] = [
  ...WORKLOADS.flatMap(([who, scopeOf]) =>
    UPDATES.map(([what, before, after, frames]) => ({
      id: `${what}, ${who}`,
      workload: who,
      system: systemFor(batchDesign, readUpdate(before, after, frames), scopeOf(frames)),
    })),
  ),
  ...forEver,
]
