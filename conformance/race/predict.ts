import { systemOf } from '../../oracle/designs/system/system.js'
import { explore } from '../../oracle/explore/index.js'
import type { Run } from '../../oracle/explore/result.js'
import {
  type Calls,
  createCall,
  deleteCall,
  logCall,
  moveCall,
  noCalls,
  planOf,
} from '../../spec/designs/calls.js'
import type { Design, Update } from '../../spec/designs/design.js'
import { sequential } from '../../spec/designs/sequential.js'
import { properties } from '../../spec/properties/properties.js'
import type { StepCells } from '../../spec/terms/steps/cells.js'
import type { Invalid, Want } from '../../spec/terms/steps/world.js'
import type { Access, Outcome, Path } from './access.js'
import { callsOf, type Edit, type EditCall, FRAMES, TOUCHED } from './edit.js'
import type { KernelRecord } from './record.js'

/** What the explorer says of an access beside an edit. */
export interface Prediction {
  /** The shortest run in which the access finds a hole though its page is mapped before and after; null: there is none. */
  readonly run: Run<StepCells> | null
  /** What may be seen: how a hole shows, where there is such a run. */
  readonly outcomes: readonly Outcome[]
}

/** What decides a prediction besides the edit: an architecture, a second stage, who makes which access. */
export interface Circumstances extends Pick<KernelRecord, 'arch' | 'secondStage'> {
  readonly access: Access
  readonly path: Path
  readonly prefixed?: boolean
}

/**
 * What an access does that finds an INVALID slot. x86's page fault path retries it. KVM's emulator does not, nor does KVM's
 * own walk of a guest's tables, nor any path of arm64 (real-kvm.md, INVALID on three kernels).
 */
export const invalidOf = ({ arch, secondStage, access, path }: Circumstances): Invalid => {
  if (arch !== 'x86' || path === 'emulator') return 'hole'
  return access === 'walk' && secondStage === 'shadow' ? 'hole' : 'retry'
}

/**
 * How a hole shows to each access. Where the processor runs all code, the emulator is reached by a prefix behind `ud2`: KVM
 * reads it past the second stage, and where it cannot the guest takes #UD. A walk is made for the code as well.
 */
const holeShows = ({
  arch,
  secondStage,
  access,
  path,
  prefixed = false,
}: Circumstances): readonly Outcome[] => {
  const unread: readonly Outcome[] = prefixed ? ['invalid opcode'] : []
  switch (access) {
    case 'read':
    case 'write':
      return ['mmio']
    case 'fetch':
      return arch === 'x86' ? ['failed fetch', ...unread] : ['abort']
    case 'walk':
      if (path === 'emulator') return ['page fault', 'failed fetch', ...unread]
      // The processor's second stage takes an entry in a hole for a device's (real-kvm.md, Page tables).
      return arch === 'x86' && secondStage === 'tdp' ? ['page fault', 'mmio'] : ['page fault']
  }
}

const addCall = (calls: Calls, { old, now }: EditCall): Calls => {
  const live = calls.slots.find(({ id }) => id === (old ?? now)?.id)
  if (now === null) return live === undefined ? calls : deleteCall(calls, live, FRAMES)
  if (live === undefined) return createCall(calls, now)
  return live.base === now.base ? logCall(calls, live, now) : moveCall(calls, live, now, FRAMES)
}

/** Linux today, where it makes the calls of the edit. */
const designOf = (edit: Edit, invalid: Invalid): Design => ({
  ...sequential,
  behaviour: { ...sequential.behaviour, invalid: { data: invalid, fetch: invalid } },
  plan: update => planOf(callsOf(edit).reduce(addCall, noCalls(update))),
})

const noHole = properties.find(({ id }) => id === 'no-hole')

/** The access as the explorer makes it: a walk reads a table. */
const wantOf = (access: Access, path: Path): Want => ({
  kind: access === 'walk' ? 'read' : access,
  frames: [TOUCHED],
  ...(path === 'emulator' ? { emulated: true } : {}),
})

/** Asks the explorer whether an access beside an edit may find a hole at a page that is mapped before and after. */
export const predict = (edit: Edit, circumstances: Circumstances): Prediction => {
  const [set = []] = edit.sets
  const update: Update = { before: set, after: set, frames: FRAMES, nextLog: 0 }
  const system = systemOf(designOf(edit, invalidOf(circumstances)), update, {
    frames: FRAMES,
    vcpus: 1,
    accesses: 1,
    harvests: 0,
    menu: [wantOf(circumstances.access, circumstances.path)],
    warm: false,
  })
  if (system === null || noHole?.kind !== 'safety') throw new Error('a plan and a property are there') // by construction
  const { verdicts } = explore(system, {
    safety: [{ name: noHole.id, violated: noHole.violated }],
    liveness: [],
    reduce: false,
  })
  const verdict = verdicts.get(noHole.id)
  const run = verdict?.holds === false ? verdict.run : null
  return { run, outcomes: run === null ? [] : holeShows(circumstances) }
}
