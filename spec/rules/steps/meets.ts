import { type Premise, premise, type Sentences } from '../../rewrite/index.js'
import { NOWHERE, type OfVcpu, type Translation } from '../../terms/steps/cells.js'
import { holdsLock } from '../../terms/steps/lock.js'
import { plainSet, type StepSet, type StepSlot, slotOf } from '../../terms/steps/slots.js'
import { isOfWriteClass, type Want } from '../../terms/steps/world.js'

/** What a vCPU of a space that does not exist would see; no world has one. */
const NOTHING = plainSet([])

export const frameOf = ({ self }: OfVcpu): number => self.want?.frames[self.next] ?? 0
const framesOf = ({ self }: OfVcpu): readonly number[] => self.want?.frames ?? []
export const writes = ({ self }: OfVcpu): boolean => isOfWriteClass(self.want)
export const fetches = ({ self }: OfVcpu): boolean => self.want?.kind === 'fetch'
export const published = ({ self, spaces }: OfVcpu): StepSet => spaces[self.space]?.published ?? NOTHING
export const slotAt = (cells: OfVcpu, frame: number): StepSlot | null => slotOf(published(cells), frame)
export const slotMet = (cells: OfVcpu): StepSlot | null => slotAt(cells, frameOf(cells))
export const emulates = ({ self }: OfVcpu): boolean => self.want?.emulated === true
export const cachedAt = (cells: OfVcpu, frame: number): Translation | null =>
  emulates(cells)
    ? null
    : (cells.self.cache.find(
        t =>
          t.space === cells.self.space &&
          t.frame === frame &&
          t.via === undefined &&
          t.hva !== NOWHERE &&
          !(t.ro && writes(cells)),
      ) ?? null)

/** Whether what is emulated is in the middle of its read side, which no gate ends. */
const isInSection = (cells: OfVcpu): boolean =>
  cells.world.behaviour.sections === true && emulates(cells) && cells.self.next > 0

const isHeldOff = (cells: OfVcpu, frame: number): boolean => {
  const { held } = published(cells)
  switch (held?.kind) {
    case undefined:
      return false
    case 'faults':
      return !emulates(cells) && held.frames.includes(frame)
    case 'gate':
      return cells.self.want?.kernel === undefined && !isInSection(cells)
  }
}
const isBlocked = (cells: OfVcpu, frame: number): boolean => {
  const set = published(cells)
  return (
    set.blocked.includes(frame) || (writes(cells) && set.noWrites.includes(frame)) || isHeldOff(cells, frame)
  )
}
/** Only the second stage's faults are retried: to what KVM emulates an INVALID slot is none. */
const retriesInvalid = (cells: OfVcpu): boolean => {
  if (emulates(cells)) return false
  const { data, fetch } = cells.world.behaviour.invalid
  return (fetches(cells) ? fetch : data) === 'retry'
}

/** Whether the update has begun, and has not ended: userspace knows which of its own updates are in progress. */
const isInProgress = ({ updater, world }: OfVcpu): boolean =>
  updater.ended === 'no' && updater.pc !== world.start

/** Whether an access to the frame, looked up now, would be made to wait for as long as the set is as it is. */
const mustWait = (cells: OfVcpu, frame: number): boolean => {
  if (cachedAt(cells, frame) !== null) return false
  const slot = slotAt(cells, frame)
  if (slot === null) return isBlocked(cells, frame) || exitRetried.holds(cells)
  if (slot.state === 'disabled' || (slot.state === 'invalid' && retriesInvalid(cells))) return true
  return isBlocked(cells, frame)
}
/** Whether the access could take a translation of the frame now. */
const obtainable = (cells: OfVcpu, frame: number): boolean => {
  const slot = slotAt(cells, frame)
  return (
    cachedAt(cells, frame) !== null || (slot !== null && slot.state === 'live' && !(slot.ro && writes(cells)))
  )
}

const shown = (cells: OfVcpu) => ({
  vcpu: cells.self.id,
  kind: cells.self.want?.kind,
  frame: frameOf(cells),
  slot: slotMet(cells),
})
export const p = (name: string, says: Sentences, holds: (cells: OfVcpu) => boolean): Premise<OfVcpu> =>
  premise(name, says, holds, shown)

export const isOfKernel = ({ kernel }: Want): boolean => kernel !== undefined

/** Asked of a vCPU that is not in the middle of an access, and may be kept out. */
export const mayRun = p(
  'may-run',
  {
    holds: 'the vCPU is not kept out of KVM_RUN, or the kernel may make an access',
    fails: 'the vCPU is kept out of KVM_RUN',
  },
  ({ self, world }) => !self.out || (self.at === 'ready' && world.menu.some(isOfKernel)),
)
export const maySwitch = p(
  'may-switch',
  { holds: 'the vCPU may enter or leave SMM', fails: 'the vCPU has no switch of SMM left' },
  ({ self }) => self.switches > 0,
)
export const interrupted = p(
  'interrupted',
  {
    holds: 'a signal, an interrupt or a request may come to the vCPU',
    fails: 'nothing comes to the vCPU any more',
  },
  ({ self }) => self.interrupts > 0,
)
export const begun = p(
  'begun',
  {
    holds: 'the access is the rest of an instruction that has had an effect',
    fails: 'the instruction of the access has had no effect',
  },
  ({ self }) => self.want?.begun === true,
)
export const locked = p(
  'locked',
  { holds: 'the update holds the lock of calls', fails: 'the update does not hold the lock of calls' },
  holdsLock,
)
export const noted = p(
  'noted',
  { holds: 'the vCPU has noted writes', fails: 'the vCPU has noted no write' },
  ({ self }) => self.buffer.length > 0,
)
export const cached = p(
  'cached',
  {
    holds: 'a cached translation of the frame serves the access',
    fails: 'no cached translation of the frame serves the access',
  },
  cells => cachedAt(cells, frameOf(cells)) !== null,
)
export const blocked = p(
  'blocked',
  { holds: 'the frame is blocked for such an access', fails: 'the frame is not blocked for such an access' },
  cells => isBlocked(cells, frameOf(cells)),
)
export const knownAbsent = p(
  'known-absent',
  {
    holds: 'the vCPU remembers the frame as a hole',
    fails: 'the vCPU does not remember the frame as a hole',
  },
  cells => {
    const { space, cache } = cells.self
    return cache.some(t => t.hva === NOWHERE && t.space === space && t.frame === frameOf(cells))
  },
)
export const ofKernel = p(
  'of-kernel',
  {
    holds: 'the kernel makes the access for itself, and never waits',
    fails: 'the access is made for a guest',
  },
  ({ self }) => self.want !== null && isOfKernel(self.want),
)
export const deferred = p(
  'deferred',
  { holds: 'the access is put off at a blocked page', fails: 'the access is not put off at a blocked page' },
  ({ self }) => self.want?.kernel === 'defers',
)
/** The translation that an earlier walk through the same table has derived, for a fetch that has yet to walk. */
export const derivedAt = ({ self }: OfVcpu): Translation | null => {
  const { want, next, space, cache } = self
  if (want?.kind !== 'fetch' || want.frames.length < 2 || next > 0) return null
  const [table, page] = want.frames
  return cache.find(t => t.space === space && t.frame === page && t.via?.frame === table) ?? null
}
export const shadowed = p(
  'shadowed',
  {
    holds: 'an earlier walk has derived a translation for the fetch',
    fails: 'no earlier walk has derived a translation for the fetch',
  },
  cells => derivedAt(cells) !== null,
)
export const present = p(
  'present',
  { holds: 'a slot lies behind the frame', fails: 'no slot lies behind the frame' },
  cells => slotMet(cells) !== null,
)
export const disabled = p(
  'disabled',
  { holds: 'the slot is disabled', fails: 'the slot is not disabled' },
  cells => slotMet(cells)?.state === 'disabled',
)
export const invalid = p(
  'invalid',
  { holds: 'the slot is INVALID', fails: 'the slot is not INVALID' },
  cells => slotMet(cells)?.state === 'invalid',
)
export const invalidRetried = p(
  'invalid-retried',
  {
    holds: 'on this path an access to an INVALID slot is retried',
    fails: 'on this path an access to an INVALID slot is not retried',
  },
  retriesInvalid,
)
export const readOnly = p(
  'read-only',
  {
    holds: 'the slot is read-only and the access writes',
    fails: 'the slot is not read-only, or the access does not write',
  },
  c => writes(c) && slotMet(c)?.ro === true,
)
export const exitRetried = p(
  'exit-retried',
  {
    holds: 'the access is a fetch whose failure userspace retries',
    fails: 'the access is not a fetch whose failure userspace retries',
  },
  cells => {
    const { fetchExit } = cells.world.behaviour
    return (
      fetches(cells) && (fetchExit === 'always' || (fetchExit === 'during update' && isInProgress(cells)))
    )
  },
)
export const writesData = p(
  'writes',
  { holds: 'the access writes', fails: 'the access does not write' },
  writes,
)
export const loadsFirst = p(
  'loads-first',
  { holds: 'the access is an atomic load and store', fails: 'the access is not an atomic load and store' },
  ({ self }) => self.want?.kind === 'rmw',
)
export const updatesTable = p(
  'updates-table',
  {
    holds: 'the access sets accessed or dirty bits in a table',
    fails: 'the access sets no accessed or dirty bit in a table',
  },
  ({ self }) => self.want?.kind === 'ad-update',
)
/** An access that crosses pages and meets a hole or a device on one of them is split into accesses of one page. */
export const asOne = p(
  'as-one',
  {
    holds: 'the access crosses pages, and must wait for one or can take all',
    fails: 'the access does not cross pages, or one of them is a hole or a device',
  },
  cells => {
    const { want, next } = cells.self
    if (want?.together !== true || next > 0) return false
    const frames = framesOf(cells)
    return frames.some(f => mustWait(cells, f)) || frames.every(f => obtainable(cells, f))
  },
)
export const oneBlocked = p(
  'one-blocked',
  { holds: 'a page of the access makes it wait', fails: 'no page of the access makes it wait' },
  cells => framesOf(cells).some(f => mustWait(cells, f)),
)
/** Whether a waiting access waits for all of its pages: it crosses pages, or is a fetch, or a walk, that is one unit. */
const isTakenWhole = (cells: OfVcpu): boolean =>
  cells.self.next === 0 &&
  (cells.self.want?.together === true ||
    ((cells.world.behaviour.fetchAtomic || cells.world.behaviour.shadow === true) && fetches(cells)))

export const worthRetrying = p(
  'worth-retrying',
  { holds: 'the access would not be made to wait again', fails: 'the access would be made to wait again' },
  cells => !(isTakenWhole(cells) ? oneBlocked.holds(cells) : mustWait(cells, frameOf(cells))),
)
