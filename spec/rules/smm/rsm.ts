import { not, type Premise, premise, type Rule, rule } from '../../rewrite/index.js'
import type { Cells } from '../../terms/cells.js'
import { canRead } from '../../terms/host.js'
import { spaceId, type U64, u64 } from '../../terms/numbers.js'
import type { RsmCall } from '../../terms/operation.js'
import type { Loaded } from '../../terms/paging/loaded.js'
import { frameOfTops } from '../../terms/paging/regime.js'
import { type Cpu, defaultCpu, type RegisterImage } from '../../terms/paging/registers.js'
import { restoredState } from '../../terms/paging/save-state.js'
import { slotAt } from '../../terms/space.js'
import { answer, succeed } from '../answer.js'
import { linux, observed, semantics } from '../cite.js'
import { lacksHandlers, withoutQueued } from '../entry/queued.js'
import { hasTopEntries, isPossible } from '../registers/possible.js'
import { type OfVcpu, refusal, shown, vcpuExists, vcpuOf, withVcpu } from '../vm/vcpu.js'
import { areSound, topEntriesAt } from '../walk/tops.js'
import { smm } from './enter.js'
import { imageIn, isImageReadable, sawImage } from './save-state.js'

const inSmm: Premise<OfVcpu> = premise(
  'in-smm',
  { holds: 'the vCPU is in space 1', fails: 'the vCPU is not in space 1' },
  c => vcpuOf(c)?.space === 1,
  shown,
)
const saved: Premise<OfVcpu> = premise(
  'registers-saved',
  { holds: 'the SMI saved registers', fails: 'the SMI saved no registers' },
  c => vcpuOf(c)?.smbase !== undefined,
  shown,
)
const deliverable: Premise<OfVcpu> = premise(
  'queued-deliverable',
  {
    holds: 'nothing is queued for the vCPU, or handlers may be set that take it',
    fails:
      'an exception is queued for the vCPU, which has the registers of an SMI’s handler and no interrupt table',
  },
  c => {
    const vcpu = vcpuOf(c)
    return vcpu?.queued === undefined || !lacksHandlers(vcpu)
  },
  shown,
)
const smbaseOf = (cells: OfVcpu): U64 => vcpuOf(cells)?.smbase as U64 // registers-saved
const readable: Premise<OfVcpu> = premise(
  'save-state-readable',
  {
    holds: 'a slot of space 1 lies behind the save state, and the host can read its page',
    fails: 'no slot of space 1 lies behind the save state, or the host cannot read its page',
  },
  c => vcpuOf(c)?.restoring !== undefined || isImageReadable(c, smbaseOf(c)),
  c => sawImage(c, smbaseOf(c)),
)

const cpuOf = (cells: OfVcpu): Cpu => vcpuOf(cells)?.image?.cpu ?? defaultCpu
/** PKRU is not in what is saved: the vCPU has kept it. */
const pkruOf = (cells: OfVcpu): U64 => vcpuOf(cells)?.image?.pkru ?? u64(0)
const restored = (cells: OfVcpu): RegisterImage =>
  vcpuOf(cells)?.restoring ?? restoredState(imageIn(cells, smbaseOf(cells)))
const possible: Premise<OfVcpu> = premise(
  'saved-registers-possible',
  { holds: 'a processor can have the saved registers', fails: 'no processor can have the saved registers' },
  c => isPossible(restored(c), cpuOf(c)),
  c => ({ registers: restored(c), maxPhyAddr: cpuOf(c).maxPhyAddr }),
)

/** PAE's top entries at CR3 in space 0; none of other paging, and null where they cannot be read. */
const topsOf = (cells: OfVcpu): readonly U64[] | null => {
  const image = restored(cells)
  if (!hasTopEntries(image)) return []
  const gfn = frameOfTops(image.cr3, cells.params.walker)
  const space = cells.spaces[0]
  const slot = space === undefined ? null : slotAt(space, gfn)
  if (slot === null || !canRead(cells.host, slot.hva + gfn - slot.base)) return null
  return topEntriesAt(cells.memory, slot, gfn, image.cr3)
}
const topsLoad: Premise<OfVcpu> = premise(
  'top-entries-load',
  {
    holds: 'PAE’s top entries are not wanted, or can be loaded from space 0',
    fails: 'PAE’s top entries are wanted, and in space 0 cannot be read or have a reserved bit set',
  },
  c => {
    const tops = topsOf(c)
    return tops !== null && areSound(tops, cpuOf(c))
  },
  c => ({ registers: restored(c), entries: topsOf(c) }),
)

/**
 * The registers that RSM has read once it has looked up where they were saved, if it has still to look up PAE's top entries;
 * null where it is over by then. What other threads do in between it does not wait for.
 */
export const readByRsm = (machine: Cells, call: RsmCall): RegisterImage | null => {
  const cells: OfVcpu = { ...machine, call }
  if (![vcpuExists, inSmm, deliverable, saved, readable, possible].every(({ holds }) => holds(cells)))
    return null
  const image = restored(cells)
  return hasTopEntries(image) ? image : null
}

const outside = (cells: OfVcpu, image: Loaded | null): OfVcpu =>
  withVcpu(cells, ({ id }) => ({ id, space: spaceId(0), ...(image === null ? {} : { image }) }))

const restore = (cells: OfVcpu): Cells => {
  const image: Loaded = {
    ...restored(cells),
    cpu: cpuOf(cells),
    pkru: pkruOf(cells),
    pdptes: topsOf(cells) ?? [],
  }
  return answer(outside(cells, image), { is: 'loaded', exception: null })
}
const tripleFault = (cells: OfVcpu): Cells =>
  answer(cells, { is: 'loaded', exception: { vector: 'triple fault' } })

const emulated = linux('arch/x86/kvm/emulate.c', 'em_rsm')

const leaving = (
  id: string,
  says: string,
  when: readonly Premise<OfVcpu>[],
  rewrite: (cells: OfVcpu) => Cells,
  { cites = [smm, emulated], notes = {} }: Partial<Pick<Rule<Cells>, 'cites' | 'notes'>> = {},
): Rule<Cells> =>
  rule<Cells, OfVcpu>({
    id,
    kind: 'call succeeds',
    says,
    cites,
    match: { call: { op: 'rsm' } },
    when: [vcpuExists, inSmm, deliverable, ...when],
    rewrite,
    notes,
  })

/** What RSM does. What was saved is read in space 1; the vCPU then leaves it, and is restored in space 0. */
export const rsmRules: readonly Rule<Cells>[] = [
  refusal('rsm.absent', 'Only a vCPU that exists leaves SMM.', 'ENOENT', 'rsm', [], not(vcpuExists)),
  refusal('rsm.outside', 'Only in SMM is there an RSM.', 'EINVAL', 'rsm', [vcpuExists], not(inSmm)),
  rule<Cells, OfVcpu>({
    id: 'rsm.undelivered',
    kind: 'call succeeds',
    says: 'What is queued comes before RSM: in the handler of an SMI, where no interrupt table is set, it shuts the guest down.',
    cites: [smm, semantics('vCPU')],
    match: { call: { op: 'rsm' } },
    when: [vcpuExists, inSmm, not(deliverable)],
    rewrite: cells => tripleFault(withVcpu(cells, withoutQueued)),
  }),
  leaving(
    'rsm.leave',
    'RSM takes the vCPU back to space 0.',
    [not(saved)],
    cells => succeed(withVcpu(cells, v => ({ ...withoutQueued(v), space: spaceId(0) }))),
    { cites: [smm, observed('SMM and address space 1')] },
  ),
  leaving(
    'rsm.restore',
    'The registers that an SMI saved are restored as they now stand in memory; PAE’s top entries are loaded again, from space 0.',
    [saved, readable, possible, topsLoad],
    restore,
    { notes: { omits: 'An SMBASE that the handler moved: each SMI says where it saves.' } },
  ),
  leaving(
    'rsm.unread',
    'A save state that cannot be read shuts the guest down, in SMM still.',
    [saved, not(readable)],
    tripleFault,
    {
      notes: {
        variation:
          'Before 6.2 em_rsm read the state itself, and one that cannot be read was an emulation failure (read, not observed).',
      },
    },
  ),
  leaving(
    'rsm.impossible',
    'Saved registers that no processor can have shut the guest down; the vCPU has left SMM by then, and has no registers.',
    [saved, readable, not(possible)],
    cells => tripleFault(outside(cells, null)),
    { notes: { variation: 'KVM has loaded some of them by then, and userspace may find those.' } },
  ),
  leaving(
    'rsm.no-top-entries',
    'Top entries that cannot be loaded shut the guest down.',
    [saved, readable, possible, not(topsLoad)],
    cells => tripleFault(outside(cells, null)),
  ),
]
