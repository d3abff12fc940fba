import { noting, type Observed, type StepCells, type StepVcpu } from '../../terms/steps/cells.js'
import { type Backing, backingOf, pageBit } from '../../terms/steps/slots.js'
import { isOfWriteClass } from '../../terms/steps/world.js'
import { marksOf } from './marks.js'

/** Which of the two sets explain what an access met at a frame. */
export interface Explained {
  readonly byOld: boolean
  readonly byNew: boolean
}

/** What an access met: memory at a host page, a hole, or a device in place of a read-only page. */
export type Met =
  | { readonly kind: 'memory'; readonly hva: number }
  | { readonly kind: 'hole' }
  | { readonly kind: 'mmio' }

const explains = (backing: StepCells['world']['old'][number], met: Met, writes: boolean): boolean => {
  switch (met.kind) {
    case 'memory':
      return backing !== null && backing !== undefined && backing.hva === met.hva && !(writes && backing.ro)
    case 'hole':
      return backing === null || backing === undefined
    case 'mmio':
      return backing?.ro === true
  }
}

const say = (vcpu: StepVcpu, frame: number, met: Met): string =>
  `vCPU ${vcpu.id} ${vcpu.want?.kind}s frame ${frame} ${met.kind === 'memory' ? `at host page ${met.hva}` : met.kind === 'hole' ? 'as a hole' : 'as a device'}`

const bit = (frame: number): number => 1 << frame
/** The bits of `atNew` for frames a slot moves away from stand above those for frames that are re-backed. */
const movedBit = (frame: number): number => 1 << (frame + 15)

/** Write-coherence: through one frame, or between a moved slot's frames, nothing completes at the old after the new. */
const coherence = (cells: StepCells, vcpu: StepVcpu, frame: number, met: Met, seen: Observed): Observed => {
  if (met.kind !== 'memory') return seen
  const { world } = cells
  const [old, now] = [world.old[frame] ?? null, world.new[frame] ?? null]
  let after = seen
  if (old !== null && now !== null && old.hva !== now.hva) {
    if (met.hva === now.hva) after = { ...after, atNew: after.atNew | bit(frame) }
    if (met.hva === old.hva && (seen.atNew & bit(frame)) !== 0) {
      after = noting(
        after,
        'incoherent',
        `${say(vcpu, frame, met)} after an access through it completed at host page ${now.hva}`,
      )
    }
  }
  for (const [from, to] of world.moves) {
    if (frame === to && now !== null && met.hva === now.hva && old?.hva !== met.hva) {
      after = { ...after, atNew: after.atNew | movedBit(from) }
    }
    if (
      frame === from &&
      old !== null &&
      met.hva === old.hva &&
      now?.hva !== old.hva &&
      (seen.atNew & movedBit(from)) !== 0
    ) {
      after = noting(
        after,
        'incoherent',
        `${say(vcpu, frame, met)} after an access at the moved slot's new frame ${to}`,
      )
    }
  }
  return after
}

/** The commit point: once an access is explained by the new set only, no later one is explained by the old set only. */
const commit = (
  cells: StepCells,
  vcpu: StepVcpu,
  frame: number,
  met: Met,
  by: Explained,
  seen: Observed,
): Observed => {
  const changed = cells.world.changed[frame] === true
  const { ended } = cells.updater
  if (ended === 'failed' && vcpu.began === 'returned' && !by.byOld) {
    return noting(seen, 'trace', `${say(vcpu, frame, met)} after the update had failed`)
  }
  if (!by.byOld && !by.byNew)
    return noting(seen, 'neither', `${say(vcpu, frame, met)}, which neither set explains`)
  if (by.byNew && !by.byOld && changed) return { ...seen, committed: true }
  if (by.byOld && !by.byNew && changed && vcpu.began !== 'before' && ended !== 'failed') {
    const when = vcpu.began === 'returned' ? 'the update had returned' : 'the commit point'
    return noting(
      seen,
      'neither',
      `${say(vcpu, frame, met)}, as in the old set, though it began after ${when}`,
    )
  }
  return seen
}

/** A write completes at a page that every set which explains it logs, and no bitmap has its mark. */
const unmarked = (
  cells: StepCells,
  vcpu: StepVcpu,
  frame: number,
  met: Met,
  sets: readonly (Backing | null)[],
): Observed => {
  const { seen, logs } = cells
  if (met.kind !== 'memory' || !isOfWriteClass(vcpu.want)) return seen
  // What is noted is looked for when it is flushed.
  if (marksOf(cells, vcpu) === 'buffered') return seen
  if (sets.length === 0 || sets.some(backing => backing?.logged !== true)) return seen
  // Host pages of another space have the bits of pages here, so only the bitmap of that space counts there.
  const where = vcpu.space === 0 ? logs : logs.slice(-1)
  if (where.some(bits => bits > 0 && (bits & pageBit(met.hva)) !== 0)) return seen
  return noting(seen, vcpu.space === 0 ? 'lost' : 'otherSpace', `${say(vcpu, frame, met)}, marked nowhere`)
}

/** A write is marked in a bitmap that was freed, and can be read no more. */
export const observeFreed = ({ seen }: StepCells, { id, space, hold }: StepVcpu): Observed =>
  noting(
    seen,
    space === 0 ? 'lost' : 'otherSpace',
    `vCPU ${id} marks frame ${hold?.frame} in a bitmap that was freed`,
  )

/**
 * What each set that explains an access maps its frame to. One that begins after the update has ended is logged as in the
 * set that the update left: after a failure the published one, which all-or-nothing compares with the old.
 */
const logged = (
  { world, spaces, updater: { ended } }: StepCells,
  { began }: StepVcpu,
  frame: number,
  by: Explained,
): readonly (Backing | null)[] => {
  const afterwards = began === 'returned'
  if (afterwards && ended === 'failed') return [backingOf(spaces[0]?.published.slots ?? [], frame)]
  return [
    ...(by.byOld && !(afterwards && ended === 'returned') ? [world.old[frame] ?? null] : []),
    ...(by.byNew ? [world.new[frame] ?? null] : []),
  ]
}

const explainedBy = ({ world }: StepCells, frame: number, met: Met, writes: boolean): Explained => ({
  byOld: explains(world.old[frame] ?? null, met, writes),
  byNew: explains(world.new[frame] ?? null, met, writes),
})

/** Whether every set that explains a write which completes now at a host page logs it. */
export const isDue = (cells: StepCells, vcpu: StepVcpu, frame: number, hva: number): boolean => {
  if (vcpu.space !== 0) return backingOf(cells.world.other.slots, frame)?.logged === true
  const sets = logged(cells, vcpu, frame, explainedBy(cells, frame, { kind: 'memory', hva }, true))
  return sets.length > 0 && sets.every(backing => backing?.logged === true)
}

/** What follows for the properties from an access of space 0 having completed at one of its frames. */
export const observe = (
  cells: StepCells,
  vcpu: StepVcpu,
  frame: number,
  met: Met,
): { readonly seen: Observed; readonly explained: number } => {
  const writes = isOfWriteClass(vcpu.want)
  if (vcpu.space !== 0) {
    const expected = backingOf(cells.world.other.slots, frame)
    const seen = explains(expected, met, writes)
      ? unmarked(cells, vcpu, frame, met, [expected])
      : noting(cells.seen, 'otherSpace', `${say(vcpu, frame, met)} in another space`)
    return { seen, explained: vcpu.explained }
  }
  const by = explainedBy(cells, frame, met, writes)
  const explained = vcpu.explained & ((by.byOld ? 1 : 0) | (by.byNew ? 2 : 0))
  const logging = logged(cells, vcpu, frame, by)
  const marked = unmarked(cells, vcpu, frame, met, logging)
  const committed = commit(cells, vcpu, frame, met, by, marked)
  return { seen: coherence(cells, vcpu, frame, met, committed), explained }
}

/** A page that both sets map was seen as a hole. */
export const observeHole = (cells: StepCells, vcpu: StepVcpu, frame: number, seen: Observed): Observed => {
  const { world } = cells
  if (vcpu.space !== 0 || (world.old[frame] ?? null) === null || (world.new[frame] ?? null) === null)
    return seen
  const hole = noting(seen, 'hole', say(vcpu, frame, { kind: 'hole' }))
  return isOwed(cells, vcpu, frame)
    ? hole
    : noting(hole, 'disturbed', `${say(vcpu, frame, { kind: 'hole' })}, a page the update does not owe`)
}

const isOwed = ({ world }: StepCells, vcpu: StepVcpu, frame: number): boolean => {
  const owed = world.owed[frame] ?? 'no'
  return owed === 'all' || (owed === 'writes' && isOfWriteClass(vcpu.want))
}

/** An access was made to wait: a disturbance where none of its pages is owed, and always in another space. */
export const observeWait = (cells: StepCells, vcpu: StepVcpu, frame: number): Observed => {
  const { seen } = cells
  if (vcpu.space !== 0) return noting(seen, 'otherSpace', `vCPU ${vcpu.id} waits in another space`)
  const frames = vcpu.want?.frames ?? [frame]
  const own = frames.some(f => isOwed(cells, vcpu, f)) || (cells.world.old[frame] ?? null) === null
  return own
    ? seen
    : noting(
        seen,
        'disturbed',
        `vCPU ${vcpu.id} waits to ${vcpu.want?.kind} frame ${frame}, which the update does not owe`,
      )
}
