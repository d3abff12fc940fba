import {
  noting,
  type OfVcpu,
  type StepCells,
  type StepVcpu,
  type Translation,
} from '../../terms/steps/cells.js'
import { pageBit, type StepSlot } from '../../terms/steps/slots.js'
import { isOfWriteClass } from '../../terms/steps/world.js'
import { marksOf } from './marks.js'
import { cachedAt, emulates, fetches, frameOf, published, slotAt } from './meets.js'
import { observe, observeHole, observeWait } from './observe.js'
import { isOneUnit } from './unit.js'

/** The cells with the vCPU that makes this step changed. */
export const become = (
  cells: OfVcpu,
  change: Partial<StepVcpu>,
  rest: Partial<StepCells> = {},
): StepCells => {
  const self: StepVcpu = { ...cells.self, ...change }
  return { ...cells, ...rest, self, vcpus: cells.vcpus.map(v => (v.id === self.id ? self : v)) }
}

const over = {
  at: 'ready',
  want: null,
  next: 0,
  hold: null,
  also: [],
  walked: null,
  older: false,
  explained: 3,
  began: 'before',
  owedTurn: false,
} as const
/** The vCPU after an access; after its last one its cache does not matter any more, and is emptied. */
export const free = ({ self }: OfVcpu): Partial<StepVcpu> =>
  self.left > 0 ? over : { ...over, at: 'done', cache: [], switches: 0, interrupts: 0 }

/** An atomic fetch stays in flight between its frames, and so does what is emulated in one read side. */
const staysInFlight = (cells: OfVcpu): boolean => isOneUnit(cells, cells.self)

/** When an access that starts now begins: before the commit point, after it, or after the update. */
export const beginsNow = ({ updater, seen }: StepCells): StepVcpu['began'] =>
  updater.ended !== 'no' ? 'returned' : seen.committed ? 'committed' : 'before'

/** The access waits inside, holding nothing; what it is owed stays owed. */
export const wait = (cells: OfVcpu): StepCells =>
  become(
    cells,
    {
      at: 'waiting',
      hold: null,
      older: false,
      // A blocked page restarts all of an atomic fetch.
      ...(staysInFlight(cells) ? { next: 0, explained: 3, walked: null } : {}),
    },
    { seen: observeWait(cells, cells.self, frameOf(cells)) },
  )
/** It waits outside: the vCPU has left KVM_RUN, and no update owes it a turn. */
export const waitOutside = (cells: OfVcpu): StepCells =>
  wait({ ...cells, self: { ...cells.self, owedTurn: false } })

const torn = (cells: OfVcpu, explained: number, seen: StepCells['seen']): StepCells['seen'] =>
  fetches(cells) && explained === 0 && cells.self.space === 0
    ? noting(
        seen,
        'notAtomicFetch',
        `vCPU ${cells.self.id} fetched frames ${cells.self.want?.frames.join(', ')}, which no one set explains`,
      )
    : seen

/** The access ends without memory: as a hole, or as an exit to a device. */
export const endAs = (
  cells: OfVcpu,
  met: { readonly kind: 'hole' } | { readonly kind: 'mmio' },
  next: Partial<StepVcpu> = free(cells),
): StepCells => {
  const frame = frameOf(cells)
  const { seen, explained } = observe(cells, cells.self, frame, met)
  const noted = torn(cells, explained, seen)
  return become(cells, next, {
    seen: met.kind === 'hole' ? observeHole(cells, cells.self, frame, noted) : noted,
  })
}

/** The access has completed at one frame: it goes on to the next, or is over. */
export const complete = (cells: OfVcpu, rest: Partial<StepCells> = {}): StepCells => {
  const { self } = cells
  const hva = self.hold?.hva ?? 0
  const after = { ...cells, ...rest }
  const { seen, explained } = observe(after, self, frameOf(cells), { kind: 'memory', hva })
  const next = self.next + 1
  if (next >= (self.want?.frames.length ?? 1)) {
    return become(cells, free(cells), { ...rest, seen: torn(cells, explained, seen) })
  }
  const [hold, ...also] = self.also
  if (hold !== undefined) return become(cells, { at: 'held', next, hold, also, explained }, { ...rest, seen })
  const stays = staysInFlight(cells)
  return become(
    cells,
    {
      at: 'looking',
      next,
      walked: cells.world.behaviour.shadow === true && fetches(cells) ? hva : null,
      hold: null,
      older: stays && self.older,
      // Each of several accesses starts for itself; an atomic fetch is one.
      began: stays ? self.began : beginsNow({ ...after, seen }),
      explained,
    },
    { ...rest, seen },
  )
}

/**
 * What a cached translation gives: its host page, and the log of the set published now. One that was cached while
 * writes were not logged stays unmarked until it is revoked.
 */
const servedAt = (cells: OfVcpu, frame: number): Translation | null => {
  const cached = cachedAt(cells, frame)
  if (cached === null || cached.log < 0) return cached
  return { ...cached, log: slotAt(cells, frame)?.log ?? -1 }
}

const takenAt = (cells: OfVcpu, frame: number): Translation => {
  const { base, hva, ro, log } = slotAt(cells, frame) as StepSlot // the rule has seen that it is there
  return { space: cells.self.space, frame, hva: hva + frame - base, ro, log }
}

/** A cache has one order, so that two that hold the same are the same. */
export const inOrder = (cache: readonly Translation[]): readonly Translation[] =>
  cache.toSorted((a, b) => a.space - b.space || a.frame - b.frame || (a.via?.hva ?? -1) - (b.via?.hva ?? -1))

const markedIn = (logs: StepCells['logs'], { log, hva }: Translation): StepCells['logs'] =>
  log >= 0 && (logs[log] ?? -1) >= 0 ? logs.with(log, (logs[log] ?? 0) | pageBit(hva)) : logs

/** What a walk through a table finds at its end is derived from that table. */
const derived = ({ walked, want }: StepVcpu, taken: Translation): Translation => {
  const table = want?.frames[0]
  return walked === null || table === undefined ? taken : { ...taken, via: { frame: table, hva: walked } }
}

/** The access holds translations of the frames, all of this moment, and the vCPU has cached those it looked up. */
export const hold = (cells: OfVcpu, frames: readonly number[]): StepCells => {
  const { self, world } = cells
  const [own = null, ...also] = frames.map(f => servedAt(cells, f) ?? takenAt(cells, f))
  const first = marksOf(cells, self) === 'first'
  let { cache } = self
  let { logs } = cells
  for (const frame of first && isOfWriteClass(self.want) ? frames : [])
    if (cachedAt(cells, frame) === null) logs = markedIn(logs, takenAt(cells, frame))
  for (const frame of world.behaviour.caches && !emulates(cells) ? frames : []) {
    if (cachedAt(cells, frame) !== null) continue
    const taken = takenAt(cells, frame)
    // Taken while writes to the page are blocked, it must not come to permit them: the revocation has been.
    // Where marks are made first, a read is given no permission to write to a logged page.
    const unmarked = first && taken.log >= 0 && !isOfWriteClass(self.want)
    const readable = unmarked || published(cells).noWrites.includes(frame) ? { ...taken, ro: true } : taken
    const kept = derived(self, readable)
    const others = cache.filter(
      t => t.frame !== frame || t.space !== self.space || t.via?.frame !== kept.via?.frame,
    )
    cache = inOrder([...others, kept])
  }
  // Where the unit is the whole fetch, so is the turn it is owed: up to its last frame it may yet be made to wait.
  const owedTurn = self.owedTurn && staysInFlight(cells) && self.next + 1 < (self.want?.frames.length ?? 1)
  return become(cells, { at: 'held', hold: own, also, owedTurn, cache }, { logs })
}
