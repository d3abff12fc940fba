import { type Citation, not, type Premise, premise, type Rule, type Sentences } from '../../rewrite/index.js'
import type { Cells } from '../../terms/cells.js'
import { type U64, u64 } from '../../terms/numbers.js'
import type { RegistersCall } from '../../terms/operation.js'
import type { Loaded } from '../../terms/paging/loaded.js'
import { frameOfTops } from '../../terms/paging/regime.js'
import { defaultCpu } from '../../terms/paging/registers.js'
import type { Errno } from '../../terms/result.js'
import type { Walking } from '../../terms/walking.js'
import { answer, refuse } from '../answer.js'
import { linux, semantics } from '../cite.js'
import { loaded as afterLoad } from '../entry/queued.js'
import { at } from '../walk/station.js'
import { hostRights, slotIn } from '../walk/target.js'
import { areSound, topEntriesAt } from '../walk/tops.js'
import { DEMANDS, type Demand, hasTopEntries } from './possible.js'

const sregs = linux('arch/x86/kvm/x86.c', 'kvm_is_valid_sregs')
const pdptrs = linux('arch/x86/kvm/x86.c', 'load_pdptrs')

/** The registers as they are asked for. */
const asked = ({ call }: Walking): RegistersCall => call as RegistersCall // the only call of this station
const cpuOf = (cells: Walking) => asked(cells).cpu ?? defaultCpu

const shown = (cells: Walking) => {
  const { cr0, cr3, cr4, efer, rflags, cpl } = asked(cells)
  return { cr0, cr3, cr4, efer, rflags, cpl, maxPhyAddr: cpuOf(cells).maxPhyAddr }
}
const about = (name: string, says: Sentences, holds: (call: RegistersCall) => boolean) =>
  premise<Walking>(name, says, cells => holds(asked(cells)), shown)

const vcpuExists: Premise<Walking> = premise(
  'vcpu-exists',
  { holds: 'the VM has the vCPU', fails: 'the VM does not have the vCPU' },
  ({ walk }) => walk.vcpu !== null,
  ({ call, vcpus }) => ({ vcpu: call.vcpu, vcpus: vcpus.map(v => v.id) }),
)
const refusal = (
  id: string,
  says: string,
  errno: Errno,
  when: readonly Premise<Walking>[],
  cites: readonly Citation[],
): Rule<Cells> =>
  at('registers', {
    id,
    kind: 'call fails',
    says,
    cites,
    when,
    rewrite: cells => refuse(cells, errno),
  })

const demanded = DEMANDS.map(({ name, means, holds }) =>
  premise<Walking>(name, means, cells => holds(asked(cells), cpuOf(cells)), shown),
)
const SOUND: readonly Premise<Walking>[] = [vcpuExists, ...demanded]

const refusals: readonly Rule<Cells>[] = [
  refusal(
    'registers.no-vcpu',
    'Only a vCPU that exists has registers.',
    'ENOENT',
    [not(vcpuExists)],
    [semantics('vCPU')],
  ),
  ...demanded.map((demand, i) => {
    const { id, says, isOfProcessor } = DEMANDS[i] as Demand // a premise for each
    const cites = isOfProcessor ? [semantics('Registers')] : [sregs, semantics('5. The fetch path')]
    return refusal(id, says, 'EINVAL', [...SOUND.slice(0, i + 1), not(demand)], cites)
  }),
]

const loads = about(
  'pae-paging',
  {
    holds: 'the registers say PAE paging, which has top entries to load',
    fails: 'the registers do not say PAE paging',
  },
  hasTopEntries,
)
const given = about(
  'pdptes-given',
  { holds: 'the top entries are given', fails: 'the top entries are not given' },
  ({ pdptes }) => pdptes !== undefined,
)

const frameOfRoot = (cells: Walking): number => frameOfTops(asked(cells).cr3, cells.params.walker)
const rootMapped: Premise<Walking> = premise(
  'root-mapped',
  { holds: 'a slot lies behind CR3, whether user or internal', fails: 'no slot lies behind CR3' },
  cells => slotIn(cells, frameOfRoot(cells)) !== null,
  cells => ({ gfn: frameOfRoot(cells) }),
)
const rootReadable: Premise<Walking> = premise(
  'root-host-readable',
  { holds: 'the host can read the page behind CR3', fails: 'the host cannot read the page behind CR3' },
  cells => hostRights(cells, frameOfRoot(cells)).read,
  cells => ({ gfn: frameOfRoot(cells), host: hostRights(cells, frameOfRoot(cells)) }),
)
const entriesAtRoot = (cells: Walking): readonly U64[] => {
  const gfn = frameOfRoot(cells)
  const slot = slotIn(cells, gfn)
  return slot === null ? [] : topEntriesAt(cells.memory, slot, gfn, asked(cells).cr3)
}
const entriesSound: Premise<Walking> = premise(
  'top-entries-sound',
  {
    holds: 'no present top entry has a reserved bit set',
    fails: 'a present top entry has a reserved bit set',
  },
  cells => areSound(asked(cells).pdptes ?? entriesAtRoot(cells), cpuOf(cells)),
  cells => ({ entries: asked(cells).pdptes ?? entriesAtRoot(cells) }),
)

const load = (cells: Walking, pdptes: readonly U64[]): Cells => {
  const { cr0, cr3, cr4, efer, rflags, cpl, cs, vcpu, pkru = u64(0) } = asked(cells)
  const image: Loaded = { cr0, cr3, cr4, efer, rflags, cpl, cs, cpu: cpuOf(cells), pkru, pdptes }
  const vcpus = cells.vcpus.map(v => (v.id === vcpu ? { ...afterLoad(v, image), image } : v))
  return answer({ ...cells, vcpus }, { is: 'loaded', exception: null })
}
const refusedByGuest = (cells: Walking): Cells =>
  answer(cells, { is: 'loaded', exception: { vector: '#GP', error: 0 } })

const success = (
  id: string,
  says: string,
  when: readonly Premise<Walking>[],
  rewrite: (cells: Walking) => Cells,
  notes: Rule<Cells>['notes'] = {},
) =>
  at('registers', {
    id,
    kind: 'call succeeds',
    says,
    cites: [pdptrs, semantics('5. The fetch path')],
    when: [...SOUND, ...when],
    rewrite,
    notes,
  })

const successes: readonly Rule<Cells>[] = [
  success(
    'registers.load',
    'The vCPU has these registers from now on, and nothing that was queued for it.',
    [not(loads)],
    cells => load(cells, []),
  ),
  success(
    'registers.load-given',
    'PAE’s top entries are those that are given.',
    [loads, given, entriesSound],
    cells => load(cells, asked(cells).pdptes ?? []),
  ),
  success(
    'registers.load-pdptes',
    'PAE’s four top entries are read at CR3, once, and do not change with that memory until the next load.',
    [loads, not(given), rootMapped, rootReadable, entriesSound],
    cells => load(cells, entriesAtRoot(cells)),
    {
      why: 'KVM takes the frame from all of CR3, also from bits 63:32, which the manual ignores outside long mode.',
    },
  ),
  success(
    'registers.given-reserved',
    'A reserved bit in a present top entry that the call gives is #GP(0), and no register changes.',
    [loads, given, not(entriesSound)],
    refusedByGuest,
  ),
  success(
    'registers.pdptes-no-slot',
    'Top entries in a hole are #GP(0) for the instruction that loads them, and no register changes.',
    [loads, not(given), not(rootMapped)],
    refusedByGuest,
  ),
  success(
    'registers.pdptes-reserved',
    'A reserved bit in a present top entry is #GP(0), and no register changes.',
    [loads, not(given), rootMapped, rootReadable, not(entriesSound)],
    refusedByGuest,
  ),
  success(
    'registers.pdptes-bad-hva',
    'Top entries that the host cannot read are #GP(0), and no register changes.',
    [loads, not(given), rootMapped, not(rootReadable)],
    refusedByGuest,
  ),
]

export const registerRules: readonly Rule<Cells>[] = [...refusals, ...successes]
