import { not, type Premise, premise, type Rule, rule } from '../../rewrite/index.js'
import type { OfVcpu, StepCells, StepVcpu, Translation } from '../../terms/steps/cells.js'
import { noting } from '../../terms/steps/cells.js'
import { plainSet, type StepSet, type StepSlot, slotOf } from '../../terms/steps/slots.js'
import type { Want } from '../../terms/steps/world.js'
import { linux, semantics } from '../cite.js'
import { observe, observeHole, observeWait } from './observe.js'

/** What a vCPU of a space that does not exist would see; no world has one. */
const NOTHING = plainSet([])

const frameOf = ({ self }: OfVcpu): number => self.want?.frames[self.next] ?? 0
const writes = ({ self }: OfVcpu): boolean => self.want?.kind === 'write'
const fetches = ({ self }: OfVcpu): boolean => self.want?.kind === 'fetch'
const published = ({ self, spaces }: OfVcpu): StepSet => spaces[self.space]?.published ?? NOTHING
const slotMet = (cells: OfVcpu): StepSlot | null => slotOf(published(cells), frameOf(cells))
const cachedFor = (cells: OfVcpu): Translation | null =>
  cells.self.cache.find(t => t.frame === frameOf(cells) && !(t.ro && writes(cells))) ?? null
const shown = (cells: OfVcpu) => ({
  vcpu: cells.self.id,
  kind: cells.self.want?.kind,
  frame: frameOf(cells),
  slot: slotMet(cells),
})

const p = (name: string, says: string, holds: (cells: OfVcpu) => boolean): Premise<OfVcpu> =>
  premise(name, says, holds, shown)

const mayRun = p('may-run', 'the vCPU is not kept out of KVM_RUN', ({ self }) => !self.out)
const hasMore = p('has-more', 'it may begin another access', ({ self }) => self.left > 0)
const cached = p(
  'cached',
  'the vCPU has a translation of the frame cached that serves it',
  c => cachedFor(c) !== null,
)
const blocked = p('blocked', 'the frame is blocked for such an access', cells => {
  const set = published(cells)
  return set.blocked.includes(frameOf(cells)) || (writes(cells) && set.noWrites.includes(frameOf(cells)))
})
const present = p('present', 'a slot lies behind the frame', cells => slotMet(cells) !== null)
const disabled = p('disabled', 'the slot is disabled', cells => slotMet(cells)?.state === 'disabled')
const invalid = p('invalid', 'the slot is INVALID', cells => slotMet(cells)?.state === 'invalid')
const invalidRetried = p('invalid-retried', 'on this path an access to an INVALID slot is retried', cells => {
  const { data, fetch } = cells.world.manners.invalid
  return (fetches(cells) ? fetch : data) === 'retry'
})
const readOnly = p(
  'read-only',
  'the slot is read-only and the access writes',
  c => writes(c) && slotMet(c)?.ro === true,
)
const exitRetried = p(
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
const writesData = p('writes', 'the access writes', writes)

/** The cells after the vCPU whose turn it is has become another. */
const become = (cells: OfVcpu, change: Partial<StepVcpu>, rest: Partial<StepCells> = {}): StepCells => {
  const self: StepVcpu = { ...cells.self, ...change }
  return { ...cells, ...rest, self, vcpus: cells.vcpus.map(v => (v.id === self.id ? self : v)) }
}

const over = { at: 'ready', want: null, next: 0, hold: null, older: false, explained: 3 } as const

/** An atomic fetch stays in flight between its frames. */
const staysInFlight = (cells: OfVcpu): boolean => cells.world.manners.fetchAtomic && fetches(cells)

const wait = (cells: OfVcpu): StepCells =>
  become(
    cells,
    {
      at: 'waiting',
      hold: null,
      older: false,
      // A blocked page restarts all of an atomic fetch.
      ...(staysInFlight(cells) ? { next: 0, explained: 3 } : {}),
    },
    { seen: observeWait(cells, cells.self, frameOf(cells)) },
  )

const endAs = (cells: OfVcpu, met: { readonly is: 'hole' } | { readonly is: 'mmio' }): StepCells => {
  const frame = frameOf(cells)
  const { seen } = observe(cells, cells.self, frame, met)
  return become(cells, over, { seen: met.is === 'hole' ? observeHole(cells, cells.self, frame, seen) : seen })
}

/** The access has completed at one frame: it goes on to the next, or is over. */
const complete = (cells: OfVcpu, rest: Partial<StepCells> = {}): StepCells => {
  const { self } = cells
  const hva = self.hold?.hva ?? 0
  const { seen, explained } = observe({ ...cells, ...rest }, self, frameOf(cells), { is: 'memory', hva })
  const last = self.next + 1 >= (self.want?.frames.length ?? 1)
  if (!last) {
    const stays = staysInFlight(cells)
    return become(
      cells,
      { at: 'looking', next: self.next + 1, hold: null, older: stays && self.older, explained },
      { ...rest, seen },
    )
  }
  const torn = fetches(cells) && explained === 0 && self.space === 0
  const noted = torn
    ? noting(
        seen,
        'notAtomicFetch',
        `vCPU ${self.id} fetched frames ${self.want?.frames.join(', ')}, which no one set explains`,
      )
    : seen
  return become(cells, over, { ...rest, seen: noted })
}

const steps = (
  id: string,
  at: StepVcpu['at'],
  says: string,
  when: readonly Premise<OfVcpu>[],
  rewrite: (cells: OfVcpu, bindings: Readonly<Record<string, unknown>>) => StepCells,
  choose?: (cells: OfVcpu) => readonly Readonly<Record<string, unknown>>[],
): Rule<StepCells> =>
  rule<StepCells, OfVcpu>({
    id,
    kind: 'access',
    says,
    cites: [semantics('1: access; 2: retry'), linux('arch/x86/kvm/mmu/mmu.c', 'kvm_mmu_faultin_pfn')],
    match: { self: { at } } as never, // one of the stations of a vCPU, which the index is made from
    when,
    ...(choose === undefined ? {} : { choose }),
    rewrite,
  })

const began = ({ updater, seen }: StepCells): StepVcpu['began'] =>
  updater.ended !== 'no' ? 'returned' : seen.committed ? 'committed' : 'before'

/**
 * What a cached translation gives: its host page, and the log of the set published now. One that was cached while
 * writes were not logged stays unmarked until it is revoked.
 */
const served = (cells: OfVcpu): Translation | null => {
  const cachedNow = cachedFor(cells)
  if (cachedNow === null || cachedNow.log < 0) return cachedNow
  return { ...cachedNow, log: slotMet(cells)?.log ?? -1 }
}

const lookUp = [mayRun, not(cached), not(blocked)]
const hold = (cells: OfVcpu): StepCells => {
  const slot = slotMet(cells) as StepSlot // present
  const frame = frameOf(cells)
  const taken: Translation = { frame, hva: slot.hva + frame - slot.base, ro: slot.ro, log: slot.log }
  // Taken while writes to the page are blocked, it must not come to permit them: the revocation has been.
  const kept: Translation = published(cells).noWrites.includes(frame) ? { ...taken, ro: true } : taken
  const others = cells.self.cache.filter(t => t.frame !== frame)
  const cache = cells.world.manners.caches
    ? [...others, kept].toSorted((a, b) => a.frame - b.frame)
    : cells.self.cache
  return become(cells, { at: 'held', hold: taken, owedTurn: false, cache })
}

export const vcpuStepRules: readonly Rule<StepCells>[] = [
  steps(
    'vcpu.begin',
    'ready',
    'A vCPU begins any access it may make.',
    [mayRun, hasMore],
    (cells, { want }) =>
      become(cells, {
        at: 'looking',
        want: want as Want,
        next: 0,
        left: cells.self.left - 1,
        began: began(cells),
        explained: 3,
      }),
    cells => cells.world.menu.map(want => ({ want })),
  ),
  steps(
    'vcpu.hit',
    'looking',
    'A cached translation serves the access: it holds the set published now.',
    [mayRun, cached],
    cells => become(cells, { at: 'held', hold: served(cells), owedTurn: false }),
  ),
  steps(
    'vcpu.wait',
    'looking',
    'A blocked page makes the access wait, holding nothing.',
    [mayRun, not(cached), blocked],
    wait,
  ),
  steps(
    'vcpu.obtain',
    'looking',
    'The access takes its translation from the published set.',
    [...lookUp, present, not(disabled), not(invalid), not(readOnly)],
    hold,
  ),
  steps(
    'vcpu.mmio',
    'looking',
    'A write to a read-only page is an exit to a device.',
    [...lookUp, present, not(disabled), not(invalid), readOnly],
    cells => endAs(cells, { is: 'mmio' }),
  ),
  steps(
    'vcpu.disabled',
    'looking',
    'An access to a disabled slot exits, and userspace retries it.',
    [...lookUp, present, disabled],
    wait,
  ),
  steps(
    'vcpu.invalid',
    'looking',
    'An access to an INVALID slot is retried.',
    [...lookUp, present, not(disabled), invalid, invalidRetried],
    wait,
  ),
  steps(
    'vcpu.invalid-hole',
    'looking',
    'On a path that does not retry, INVALID is a hole.',
    [...lookUp, present, not(disabled), invalid, not(invalidRetried)],
    cells => endAs(cells, { is: 'hole' }),
  ),
  steps(
    'vcpu.exit',
    'looking',
    'A fetch from a hole exits with its address, and userspace retries it.',
    [...lookUp, not(present), exitRetried],
    wait,
  ),
  steps(
    'vcpu.hole',
    'looking',
    'An access to a hole ends as MMIO, or as a failed fetch.',
    [...lookUp, not(present), not(exitRetried)],
    cells => endAs(cells, { is: 'hole' }),
  ),
  steps('vcpu.data', 'held', 'The bytes of a read or fetch are taken.', [mayRun, not(writesData)], cells =>
    complete(cells),
  ),
  steps('vcpu.store', 'held', 'The bytes of a write are stored.', [mayRun, writesData], cells =>
    become(cells, { at: 'marking' }),
  ),
  steps(
    'vcpu.mark',
    'marking',
    'The write is marked in its slot’s log, and is complete.',
    [mayRun],
    cells => {
      const { hold: held } = cells.self
      if (held === null || held.log < 0) return complete(cells, unlogged(cells))
      const bit = 1 << pageIn(cells, held)
      const { log } = held
      const bits = cells.logs[log] ?? 0
      if (bits < 0)
        return complete(cells, {
          seen: noting(
            cells.seen,
            'lost',
            `vCPU ${cells.self.id} marks frame ${held.frame} in a bitmap that was freed`,
          ),
        })
      return complete(cells, {
        logs: cells.logs.with(log, bits | bit),
        unreported: cells.unreported.with(log, (cells.unreported[log] ?? 0) | bit),
      })
    },
  ),
  steps(
    'vcpu.retry',
    'waiting',
    'A waiting access looks up again once it need not wait: that is its turn.',
    [mayRun, not(blocked), p('worth-retrying', 'the access would not be made to wait again', worthRetrying)],
    cells => become(cells, { at: 'looking', owedTurn: false, began: began(cells) }),
  ),
]

/** Bits of a log stand by host page: the same page of a slot whichever frame it has. */
const pageIn = (_: OfVcpu, held: Translation): number => held.hva

/** A write that began after the return and that the new set logs must be marked. */
function unlogged(cells: OfVcpu): Partial<StepCells> {
  const { self, world, updater, seen } = cells
  const now = world.new[frameOf(cells)] ?? null
  const missed =
    self.space === 0 &&
    updater.ended === 'returned' &&
    self.began === 'returned' &&
    now?.logged === true &&
    !now.ro
  return missed
    ? {
        seen: noting(
          seen,
          'lost',
          `vCPU ${self.id} writes frame ${frameOf(cells)} unmarked after logging was switched on`,
        ),
      }
    : {}
}

function worthRetrying(cells: OfVcpu): boolean {
  const slot = slotMet(cells)
  if (slot === null) return !exitRetried.holds(cells)
  return slot.state === 'live' || (slot.state === 'invalid' && !invalidRetried.holds(cells))
}
