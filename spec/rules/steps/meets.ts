import { type Premise, premise } from '../../rewrite/index.js'
import { NOWHERE, type OfVcpu, type Translation } from '../../terms/steps/cells.js'
import { plainSet, type StepSet, type StepSlot, slotOf } from '../../terms/steps/slots.js'
import { isOfWriteClass } from '../../terms/steps/world.js'

/** What a vCPU of a space that does not exist would see; no world has one. */
const NOTHING = plainSet([])

export const frameOf = ({ self }: OfVcpu): number => self.want?.frames[self.next] ?? 0
const framesOf = ({ self }: OfVcpu): readonly number[] => self.want?.frames ?? []
export const writes = ({ self }: OfVcpu): boolean => isOfWriteClass(self.want)
export const fetches = ({ self }: OfVcpu): boolean => self.want?.kind === 'fetch'
export const published = ({ self, spaces }: OfVcpu): StepSet => spaces[self.space]?.published ?? NOTHING
export const slotAt = (cells: OfVcpu, frame: number): StepSlot | null => slotOf(published(cells), frame)
export const slotMet = (cells: OfVcpu): StepSlot | null => slotAt(cells, frameOf(cells))
export const cachedAt = (cells: OfVcpu, frame: number): Translation | null =>
  cells.self.cache.find(
    t => t.space === cells.self.space && t.frame === frame && t.hva !== NOWHERE && !(t.ro && writes(cells)),
  ) ?? null

const isBlocked = (cells: OfVcpu, frame: number): boolean => {
  const set = published(cells)
  return set.blocked.includes(frame) || (writes(cells) && set.noWrites.includes(frame))
}
const retriesInvalid = (cells: OfVcpu): boolean => {
  const { data, fetch } = cells.world.manners.invalid
  return (fetches(cells) ? fetch : data) === 'retry'
}

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
export const p = (name: string, says: string, holds: (cells: OfVcpu) => boolean): Premise<OfVcpu> =>
  premise(name, says, holds, shown)

/** Asked where a vCPU may be kept out: nobody is in the middle of an access. */
export const mayRun = p('may-run', 'the vCPU is not kept out of KVM_RUN', ({ self }) => !self.out)
export const maySwitch = p('may-switch', 'it may enter or leave SMM', ({ self }) => self.switches > 0)
export const cached = p(
  'cached',
  'the vCPU has a translation of the frame cached that serves it',
  cells => cachedAt(cells, frameOf(cells)) !== null,
)
export const blocked = p('blocked', 'the frame is blocked for such an access', cells =>
  isBlocked(cells, frameOf(cells)),
)
export const knownAbsent = p(
  'known-absent',
  'the vCPU remembers that nothing lies behind the frame',
  cells => {
    const { space, cache } = cells.self
    return cache.some(t => t.hva === NOWHERE && t.space === space && t.frame === frameOf(cells))
  },
)
export const present = p('present', 'a slot lies behind the frame', cells => slotMet(cells) !== null)
export const disabled = p('disabled', 'the slot is disabled', cells => slotMet(cells)?.state === 'disabled')
export const invalid = p('invalid', 'the slot is INVALID', cells => slotMet(cells)?.state === 'invalid')
export const invalidRetried = p(
  'invalid-retried',
  'on this path an access to an INVALID slot is retried',
  retriesInvalid,
)
export const readOnly = p(
  'read-only',
  'the slot is read-only and the access writes',
  c => writes(c) && slotMet(c)?.ro === true,
)
export const exitRetried = p(
  'exit-retried',
  'a failed fetch exits with its address, and userspace retries it',
  cells => {
    const { fetchExit } = cells.world.manners
    return (
      fetches(cells) &&
      (fetchExit === 'always' || (fetchExit === 'during update' && cells.updater.ended === 'no'))
    )
  },
)
export const writesData = p('writes', 'the access writes', writes)
export const loadsFirst = p(
  'loads-first',
  'the access loads, and stores what it made of it',
  ({ self }) => self.want?.kind === 'rmw',
)
export const updatesTable = p(
  'updates-table',
  'the access sets accessed or dirty bits in a table',
  ({ self }) => self.want?.kind === 'ad-update',
)
/** What crosses pages and meets a hole or a device on one of them is taken apart into accesses of one page. */
export const asOne = p(
  'as-one',
  'the access crosses pages, and either must wait for one or can have all',
  cells => {
    const { want, next } = cells.self
    if (want?.together !== true || next > 0) return false
    const frames = framesOf(cells)
    return frames.some(f => mustWait(cells, f)) || frames.every(f => obtainable(cells, f))
  },
)
export const oneBlocked = p('one-blocked', 'one of its pages makes it wait', cells =>
  framesOf(cells).some(f => mustWait(cells, f)),
)
/** Whether what waits, waits for every page of the access: it crosses pages, or is a fetch that is one unit. */
const isTakenWhole = (cells: OfVcpu): boolean =>
  cells.self.next === 0 &&
  (cells.self.want?.together === true || (cells.world.manners.fetchAtomic && fetches(cells)))

export const worthRetrying = p(
  'worth-retrying',
  'the access would not be made to wait again',
  cells => !(isTakenWhole(cells) ? oneBlocked.holds(cells) : mustWait(cells, frameOf(cells))),
)
