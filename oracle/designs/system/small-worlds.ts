import {
  batchDesign,
  bufferedBatch,
  fetchAtomicBatch,
  inKernelBatch,
  markFirstBatch,
  noDeferralBatch,
  rememberingBatch,
  shadowBatch,
} from '../../../spec/designs/batch.js'
import type { Design } from '../../../spec/designs/design.js'
import {
  disabledInKernel,
  disabledSlot,
  disabledWithoutReplacement,
} from '../../../spec/designs/disabled-slot.js'
import { readUpdate } from '../../../spec/designs/notation.js'
import { gate, notify } from '../../../spec/designs/one-swap.js'
import { paused, pausedInKernel } from '../../../spec/designs/paused.js'
import { rfcList, rfcSingleSwap } from '../../../spec/designs/rfc.js'
import { fetchExit, fetchExitAlways, sequential } from '../../../spec/designs/sequential.js'
import { emulatedMenu, fullMenu, kernelMenu, type Scope, writersMenu } from '../../../spec/designs/world.js'
import type { StepCells } from '../../../spec/terms/steps/cells.js'
import type { System } from '../../explore/system.js'
import { systemOf } from './system.js'

/** Linux where the emulator fetches: it takes an INVALID slot for a hole. */
const emulated: Design = {
  ...sequential,
  behaviour: { ...sequential.behaviour, invalid: { data: 'retry', fetch: 'hole' } },
}

const one = (more: Partial<Scope> = {}): Scope => ({
  frames: 2,
  vcpus: 1,
  accesses: 1,
  harvests: 1,
  menu: fullMenu(2),
  warm: false,
  ...more,
})
const writers = one({ menu: writersMenu(2), warm: true })

type Chosen = readonly [design: Design, before: string, after: string, scope: Scope]

/** Worlds that are searched in a moment; every rule of the steps applies in one of them. */
const CHOSEN: readonly Chosen[] = [
  [batchDesign, '1 0+2@0 L0', '1 0+1@0 L0; 2 1+1@1 L0', one({ warm: true })],
  [batchDesign, '1 0+2@0', '1 0+2@0 R', one({ accesses: 2, harvests: 0, menu: fullMenu(1) })],
  [batchDesign, '1 0+2@0', '1 0+2@0 L0', writers],
  [batchDesign, '1 0+2@0', '1 0+1@2', writers],
  [batchDesign, '1 0+1@0 R', '1 0+1@0; 2 1+1@1', one({ menu: writersMenu(2), accesses: 2 })],
  [batchDesign, '1 0+1@0; 2 1+1@1', '1 1+1@0; 2 0+1@1', one({ vcpus: 2, menu: fullMenu(1) })],
  [batchDesign, '1 0+2@0 L0', '', one({ switches: 2, accesses: 2, menu: fullMenu(1), warm: true })],
  [rememberingBatch, '', '1 1+1@1', one({ menu: [...fullMenu(2), ...writersMenu(2)], accesses: 2 })],
  [fetchAtomicBatch, '1 0+1@0; 2 1+1@1', '1 1+1@0; 2 0+1@1', one()],
  [emulated, '1 0+2@0 L0', '1 0+1@0 L0', one()],
  [sequential, '1 0+1@0 L0', '1 1+1@0 L0', writers],
  [rfcList, '1 0+1@0', '1 0+1@1', one()],
  [rfcSingleSwap, '1 0+1@0 R', '1 0+2@0', one()],
  [disabledSlot, '1 0+1@0 L0', '1 0+1@1 L0', one()],
  [paused, '1 0+1@0', '1 0+1@1', one({ switches: 1 })],
  [fetchExit, '1 0+1@0', '1 1+1@0', one()],
  [markFirstBatch, '1 0+1@0 L0', '2 0+1@0 L0', one({ menu: fullMenu(1), accesses: 2, warm: true })],
  [bufferedBatch, '1 0+1@0 L0', '', one({ menu: fullMenu(1), accesses: 2 })],
  [notify, '1 0+1@0', '1 0+1@1', one({ menu: emulatedMenu(2), warm: true })],
  [gate, '1 0+2@0', '1 0+2@2', one({ menu: emulatedMenu(2), warm: true })],
  [
    batchDesign,
    '1 0+1@0 L0',
    '1 0+1@1 L0',
    one({ menu: [...emulatedMenu(1), ...writersMenu(1)], interrupts: 1 }),
  ],
  [disabledWithoutReplacement, '1 0+1@0', '1 0+1@1', one({ menu: writersMenu(1), interrupts: 1 })],
  [inKernelBatch, '1 0+1@0', '1 0+1@1', one({ vcpus: 2, menu: kernelMenu(1, 'defers'), warm: true })],
  [shadowBatch, '1 0+1@0; 2 1+1@1', '1 0+1@2; 2 1+1@1', one({ accesses: 2 })],
  [noDeferralBatch, '1 0+1@0', '1 0+1@1', one({ menu: kernelMenu(2, 'neither'), warm: true })],
  [disabledInKernel, '1 0+1@0', '1 0+1@1', one({ menu: kernelMenu(1, 'defers') })],
  [pausedInKernel, '1 0+1@0', '1 0+1@1', one({ menu: kernelMenu(1, 'defers') })],
  [fetchExitAlways, '1 0+1@0', '1 1+1@0', one()],
]

/** A small world, with a name for test titles. */
export interface SmallWorld {
  readonly name: string
  readonly design: Design
  readonly system: System<StepCells>
}

export const smallWorlds = (): readonly SmallWorld[] =>
  CHOSEN.map(([design, before, after, scope]) => {
    const system = systemOf(design, readUpdate(before, after), scope)
    if (system === null) throw new Error(`${design.id} has no plan for ${before} > ${after}`) // chosen so that it has
    return { name: `${design.id}: ${before} > ${after}`, design, system }
  })
