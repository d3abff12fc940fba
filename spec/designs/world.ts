import { nothingSeen, type StepCells, type StepVcpu } from '../terms/steps/cells.js'
import { backingOf, plainSet, type StepSet, type StepSlot } from '../terms/steps/slots.js'
import type { Want, World } from '../terms/steps/world.js'
import { frameClass } from './batch.js'
import { allFrames } from './calls.js'
import type { Design, Update } from './design.js'
import { framesFetched } from './fetched.js'

/** How much may happen beside the update. */
export interface Scope {
  readonly frames: number
  readonly vcpus: number
  /** Accesses each vCPU may begin. */
  readonly accesses: number
  readonly harvests: number
  readonly menu: readonly Want[]
  /** Whether vCPUs begin with every translation of the old set cached. */
  readonly warm: boolean
  /** How often each vCPU may enter or leave SMM. */
  readonly switches?: number
  /** How often each vCPU may be interrupted: by a signal, an interrupt, or a request for which it needs the lock of calls. */
  readonly interrupts?: number
  /** How many of the vCPUs begin in space 1. */
  readonly smm?: number
}

const PAGE = 4096

/** Reads and writes of every frame, a fetch of every frame, and one that goes to frame 1 by a table in frame 0. */
export const fullMenu = (frames: number): readonly Want[] => [
  ...allFrames(frames).flatMap((f): Want[] => [
    { kind: 'read', frames: [f] },
    { kind: 'write', frames: [f] },
    { kind: 'fetch', frames: framesFetched(frames, 'flat', f * PAGE, 1) },
  ]),
  ...(frames > 1 ? [{ kind: 'fetch', frames: framesFetched(frames, 'directory', PAGE, 1) } as const] : []),
]

/** The other writers: atomic operations, updates of tables, and a write that crosses from one frame to the next. */
export const writersMenu = (frames: number): readonly Want[] => [
  ...allFrames(frames).flatMap((f): Want[] => [
    { kind: 'rmw', frames: [f], store: { kind: 'write', frames: [f], begun: true } },
    { kind: 'ad-update', frames: [f] },
  ]),
  ...(frames > 1 ? [{ kind: 'write', frames: [0, 1], together: true } as const] : []),
]

/** What KVM emulates, beside reads of the guest's own: data, and fetches of what one instruction looks up. */
export const emulatedMenu = (frames: number): readonly Want[] => [
  ...allFrames(frames).flatMap((f): Want[] => [
    { kind: 'read', frames: [f] },
    { kind: 'read', frames: [f], emulated: true },
    { kind: 'write', frames: [f], emulated: true },
  ]),
  ...(frames > 1
    ? [{ kind: 'fetch', frames: framesFetched(frames, 'directory', PAGE, 1), emulated: true } as const]
    : []),
]

/** What the kernel accesses for itself, beside reads and writes of the guest's own. */
export const kernelMenu = (frames: number, kernel: 'defers' | 'neither'): readonly Want[] =>
  allFrames(frames).flatMap((f): Want[] => [
    { kind: 'read', frames: [f] },
    { kind: 'write', frames: [f] },
    { kind: 'read', frames: [f], emulated: true, kernel },
    { kind: 'write', frames: [f], emulated: true, kernel },
  ])

const OWED = { vanished: 'all', redirected: 'all', restricted: 'writes' } as const
const UNCHANGED = new Set(['unchanged hole', 'kept'])

const movesBetween = (before: readonly StepSlot[], after: readonly StepSlot[]): World['moves'] =>
  before.flatMap(old => {
    const now = after.find(s => s.id === old.id && s.hva === old.hva && s.base !== old.base)
    if (now === undefined) return []
    return Array.from(
      { length: Math.min(old.npages, now.npages) },
      (_, i) => [old.base + i, now.base + i] as const,
    )
  })

/**
 * The other address space holds one slot over everything, under an id that this one has too, and no update here concerns
 * it. Its writes are logged where a vCPU may go there.
 */
export const otherSpace = (frames: number, log: number): StepSet =>
  plainSet([{ id: 1, base: 0, npages: frames, hva: 8, ro: false, log, state: 'live' }])

const goesElsewhere = ({ switches = 0, smm = 0 }: Scope): boolean => switches > 0 || smm > 0

/** The world of an update under a design; null where the design has no plan for it. */
export const worldOf = (design: Design, update: Update, scope: Scope): World | null => {
  const plan = design.plan(update)
  if (plan === null) return null
  const classes = allFrames(update.frames).map(frame => frameClass(update.before, update.after, frame))
  const differsInLogOnly = (frame: number) => {
    const [old, now] = [backingOf(update.before, frame), backingOf(update.after, frame)]
    return old !== null && now !== null && old.hva === now.hva && old.ro === now.ro
  }
  return {
    frames: update.frames,
    before: update.before,
    after: plan.after,
    script: plan.script,
    start: plan.start,
    behaviour: design.behaviour,
    old: allFrames(update.frames).map(frame => backingOf(update.before, frame)),
    new: allFrames(update.frames).map(frame => backingOf(update.after, frame)),
    changed: classes.map((c, frame) => !UNCHANGED.has(c) && !differsInLogOnly(frame)),
    owed: classes.map(c => OWED[c as keyof typeof OWED] ?? 'no'),
    moves: movesBetween(update.before, update.after),
    logs: goesElsewhere(scope) ? plan.logs + 1 : plan.logs,
    other: otherSpace(update.frames, goesElsewhere(scope) ? plan.logs : -1),
    accesses: scope.accesses,
    harvests: scope.harvests,
    menu: scope.menu,
  }
}

const vcpuOf = (world: World, scope: Scope, id: number): StepVcpu => ({
  kind: 'vcpu',
  id,
  space: id >= scope.vcpus - (scope.smm ?? 0) ? 1 : 0,
  at: scope.accesses > 0 ? 'ready' : 'done',
  left: scope.accesses,
  want: null,
  next: 0,
  hold: null,
  also: [],
  walked: null,
  older: false,
  cache: scope.warm
    ? world.before.flatMap(slot =>
        Array.from({ length: slot.npages }, (_, i) => ({
          space: 0,
          frame: slot.base + i,
          hva: slot.hva + i,
          // Where marks are made first, what was not marked yet has no permission to write.
          ro: slot.ro || (world.behaviour.marks === 'first' && slot.log >= 0),
          log: slot.log,
        })),
      )
    : [],
  buffer: [],
  out: false,
  began: 'before',
  explained: 3,
  owedTurn: false,
  switches: scope.switches ?? 0,
  interrupts: scope.interrupts ?? 0,
})

/** The machine before the update and before any access. */
export const initialCells = (world: World, scope: Scope): StepCells => {
  const before = plainSet(world.before)
  const updater = {
    kind: 'updater',
    at: world.script[world.start]?.kind ?? 'idle',
    pc: world.start,
    ended: 'no',
  } as const
  const bits = Array.from({ length: world.logs }, () => 0)
  return {
    world,
    self: updater,
    updater,
    vcpus: Array.from({ length: scope.vcpus }, (_, id) => vcpuOf(world, scope, id)),
    spaces: [
      { published: before, other: before },
      { published: world.other, other: world.other },
    ],
    logs: bits,
    unreported: bits,
    harvester: { kind: 'harvester', at: 'harvest', left: scope.harvests },
    seen: nothingSeen,
  }
}
