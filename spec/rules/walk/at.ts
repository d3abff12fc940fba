import {
  type NarrowRule,
  not,
  type Premise,
  premise,
  type Rule,
  type RuleKind,
  rule,
} from '../../rewrite/index.js'
import type { Cells } from '../../terms/cells.js'
import { mark } from '../../terms/dirty-log.js'
import { canRead, canWrite } from '../../terms/host.js'
import { type HvaPage, hvaPage } from '../../terms/numbers.js'
import { pageRange } from '../../terms/page-set.js'
import type { Loaded } from '../../terms/paging/loaded.js'
import { type Regime, regimeOf } from '../../terms/paging/regime.js'
import type { Told } from '../../terms/result.js'
import { type AccessEnd, type Errno, ended } from '../../terms/result.js'
import { type Slot, withLog } from '../../terms/slot.js'
import { type Space, slotAt, withSlot } from '../../terms/space.js'
import { onward, type Station, type Walk, type Walking } from '../../terms/walking.js'
import { answer } from '../answer.js'
import { linux } from '../cite.js'

export const walker = linux('arch/x86/kvm/mmu/paging_tmpl.h', 'walk_addr_generic')

/** A rule of the way of an address, but for its station; `internal` where no kind is given. */
interface Declared extends Omit<NarrowRule<Cells, Walking>, 'match' | 'kind'> {
  readonly kind?: RuleKind
}

/** A rule of one station of the way of an address. */
export const at = (station: Station, { kind = 'internal', ...declared }: Declared): Rule<Cells> =>
  rule<Cells, Walking>({ ...declared, kind, match: { walk: { at: station } } })

/** Registers are loaded before any station that asks for them. */
export const regimeIn = ({ walk }: Walking): Regime => walk.regime as Regime

export const spaceIn = ({ walk }: Walking): number => walk.vcpu?.space ?? 0

export const slotIn = (cells: Walking, gfn: number): Slot | null => {
  const space = cells.spaces[spaceIn(cells)]
  return space === undefined ? null : slotAt(space, gfn)
}

/** The slot behind the frame that is looked up now. */
export const target = (cells: Walking): Slot | null => slotIn(cells, cells.walk.gfn)

export const hostPage = (slot: Slot, gfn: number): HvaPage => hvaPage(slot.hva + (gfn - slot.base))

export const hostRights = (cells: Walking, gfn: number) => {
  const slot = slotIn(cells, gfn)
  const hva = slot === null ? -1 : hostPage(slot, gfn)
  return { hva, read: canRead(cells.host, hva), write: canWrite(cells.host, hva) }
}

const looked = (cells: Walking) => ({
  space: spaceIn(cells),
  gfn: cells.walk.gfn,
  slot: target(cells),
})

export const mapped: Premise<Walking> = premise(
  'mapped',
  { holds: 'a slot lies behind the frame', fails: 'no slot lies behind the frame' },
  cells => target(cells) !== null,
  looked,
)
export const visible: Premise<Walking> = premise(
  'visible',
  {
    holds: 'the slot is a user slot, which the page walker sees',
    fails: 'the slot is internal, and the page walker does not see it',
  },
  cells => (target(cells)?.id ?? 0) < cells.params.slotLimit,
  looked,
)
export const writable: Premise<Walking> = premise(
  'writable',
  { holds: 'the slot is not read-only', fails: 'the slot is read-only' },
  cells => target(cells)?.ro === false,
  looked,
)
/** Holds for a hole too, of which it is not asked. */
export const readable: Premise<Walking> = premise(
  'host-readable',
  {
    holds: 'the host can read the page behind the frame',
    fails: 'the host cannot read the page behind the frame',
  },
  cells => hostRights(cells, cells.walk.gfn).read,
  cells => ({ ...looked(cells), host: hostRights(cells, cells.walk.gfn) }),
)
/** The processor itself fetches, rather than KVM's emulator. */
export const byHardware: Premise<Walking> = premise(
  'by-hardware',
  { holds: 'the processor itself makes the access', fails: 'KVM’s emulator makes the access' },
  ({ walk }) => walk.by === 'hardware',
  ({ call, walk }) => ({ op: call.op, by: walk.by }),
)
/** The processor walks the tables itself, each of them by way of the second stage. */
export const belowSecondStage: Premise<Walking> = premise(
  'below-second-stage',
  {
    holds: 'the processor walks the guest’s tables itself, below a second stage',
    fails: 'KVM walks the guest’s tables',
  },
  cells => byHardware.holds(cells) && cells.params.secondStage === 'tdp',
  cells => ({ ...byHardware.shows(cells), secondStage: cells.params.secondStage }),
)

/** How addresses are translated: below a second stage by the processor, which keeps to the manual; otherwise as the parameters say. */
export const regimeFor = (by: Walk['by'], loaded: Loaded, params: Cells['params']): Regime =>
  by === 'hardware' && params.secondStage === 'tdp'
    ? regimeOf(loaded, params, 'architecture')
    : regimeOf(loaded, params)

export const notMapped = not(mapped)

/** Marks a page written through its slot. */
export const marked = (cells: Walking, gfn: number): Walking => {
  const slot = slotIn(cells, gfn)
  if (slot === null || slot.dirty === null) return cells
  const page = gfn - slot.base
  const dirty = mark(slot.dirty, pageRange(page, page + 1))
  if (dirty === slot.dirty) return cells
  const as = spaceIn(cells)
  const space = cells.spaces[as] as Space // the slot is of it
  const spaces = cells.spaces.with(as, {
    slots: withSlot(space.slots, withLog(slot, dirty)),
    swaps: space.swaps,
  })
  return { ...onward(cells, {}), spaces }
}

/** The operation is over. */
export const over = (
  cells: Walking,
  how: AccessEnd,
  data: string | null = null,
  errno: Errno | null = null,
  told: Told | null = null,
): Cells => answer(cells, ended(how, data, errno, told))

/** KVM cannot get at the host's page for the guest: KVM_RUN itself fails. */
export const badHva = (cells: Walking): Cells => over(cells, 'exit', null, 'EFAULT')

/** A page fault: the error code of its cause, to which the rule of the fault adds what every fault of the access has. */
export const faulting =
  (error: number) =>
  (cells: Walking): Walking =>
    onward(cells, { at: 'fault', error })
