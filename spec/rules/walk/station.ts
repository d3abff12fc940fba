import {
  type NarrowRule,
  type Premise,
  premise,
  type Rule,
  type RuleKind,
  rule,
} from '../../rewrite/index.js'
import type { Cells } from '../../terms/cells.js'
import type { Loaded } from '../../terms/paging/loaded.js'
import { type Regime, regimeOf } from '../../terms/paging/regime.js'
import type { AccessDetails } from '../../terms/result.js'
import { type AccessEnd, type Errno, ended } from '../../terms/result.js'
import { onward, type Station, type Walk, type Walking } from '../../terms/walking.js'
import { answer } from '../answer.js'
import { linux } from '../cite.js'
import { dataBegins } from './phase.js'

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

/** The processor itself makes the access, rather than KVM's emulator. */
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

/** The operation is over. */
export const over = (
  cells: Walking,
  how: AccessEnd,
  data: string | null = null,
  errno: Errno | null = null,
  details: AccessDetails | null = null,
): Cells => answer(cells, ended(how, data, errno, details))

/** KVM cannot get at the host's page for the guest: KVM_RUN itself fails. */
export const badHva = (cells: Walking): Cells => over(cells, 'exit', null, 'EFAULT')

/** A page fault: the error code of its cause, to which the rule of the fault adds what every fault of the access has. */
export const faulting =
  (error: number) =>
  (cells: Walking): Walking =>
    onward(cells, { at: 'fault', error })

/** KVM emulates the instruction whose access the processor could not make: its own way begins at the registers. */
export const emulated = (cells: Walking): Walking => {
  const { call, walk, params } = cells
  const { loaded } = walk
  const again = {
    by: 'emulator',
    regime: loaded === null ? null : regimeFor('emulator', loaded, params),
    tops: 'unread',
  } as const
  return 'rip' in call
    ? onward(cells, { ...again, at: 'window', offset: call.rip, bytes: '' })
    : onward(cells, {
        ...again,
        ...dataBegins(call, 'emulator'),
        at: 'begin',
        la: 'gva' in call ? call.gva : 0n,
      })
}
