import { not, type Premise, premise, type Rule } from '../../rewrite/index.js'
import type { Cells } from '../../terms/cells.js'
import type { U64 } from '../../terms/numbers.js'
import type { RegistersCall } from '../../terms/operation.js'
import * as b from '../../terms/paging/bits.js'
import type { Loaded } from '../../terms/paging/loaded.js'
import { type Cpu, defaultCpu, type RegisterImage } from '../../terms/paging/registers.js'
import type { Walking } from '../../terms/paging/walking.js'
import type { Errno } from '../../terms/result.js'
import { answer, refuse } from '../answer/answer.js'
import { linux, semantics } from '../cite.js'
import { at, hostRights, slotIn } from '../walk/at.js'
import { areSound, topEntriesAt } from '../walk/tops.js'

const sregs = linux('arch/x86/kvm/x86.c', 'kvm_is_valid_sregs')
const pdptrs = linux('arch/x86/kvm/x86.c', 'load_pdptrs')

/** The registers as they are asked for. */
const asked = ({ call }: Walking): RegistersCall => call as RegistersCall // the only call of this station
const cpuOf = (cells: Walking) => asked(cells).cpu ?? defaultCpu
const has = (register: bigint, bit: bigint): boolean => (register & bit) !== 0n

const shown = (cells: Walking) => {
  const { cr0, cr3, cr4, efer, rflags, cpl } = asked(cells)
  return { cr0, cr3, cr4, efer, rflags, cpl, maxPhyAddr: cpuOf(cells).maxPhyAddr }
}
const about = (name: string, says: string, holds: (call: RegistersCall) => boolean) =>
  premise<Walking>(name, says, cells => holds(asked(cells)), shown)

type Holds = (image: RegisterImage, cpu: Cpu) => boolean
/** What every processor’s registers fulfil, in the order of the checks. */
const demands: Holds[] = []
const check = (name: string, says: string, holds: Holds): Premise<Walking> => {
  demands.push(holds)
  return premise<Walking>(name, says, cells => holds(asked(cells), cpuOf(cells)), shown)
}

const vcpuExists: Premise<Walking> = premise(
  'vcpu-exists',
  'the VM has the vCPU',
  ({ walk }) => walk.vcpu !== null,
  ({ call, vcpus }) => ({ vcpu: call.vcpu, vcpus: vcpus.map(v => v.id) }),
)
const narrow = check(
  'registers-32-bit',
  'CR0, CR4, EFER and RFLAGS have nothing above bit 31',
  ({ cr0, cr4, efer, rflags }) => (cr0 | cr4 | efer | rflags) >> 32n === 0n,
)
const protectedIfPaging = check(
  'protected-if-paging',
  'CR0.PG comes with CR0.PE',
  ({ cr0 }) => !has(cr0, b.CR0_PG) || has(cr0, b.CR0_PE),
)
const activeAsEnabled = check(
  'lma-as-enabled',
  'EFER.LMA is set exactly where CR0.PG and EFER.LME are',
  ({ cr0, efer }) => has(efer, b.EFER_LMA) === (has(cr0, b.CR0_PG) && has(efer, b.EFER_LME)),
)
const paeIfLong = check(
  'pae-if-lma',
  'EFER.LMA comes with CR4.PAE',
  ({ cr4, efer }) => !has(efer, b.EFER_LMA) || has(cr4, b.CR4_PAE),
)
const noVmIfLong = check(
  'no-vm-if-lma',
  'RFLAGS.VM is clear where EFER.LMA is set',
  ({ efer, rflags }) => !has(efer, b.EFER_LMA) || !has(rflags, b.RFLAGS_VM),
)
const vmAtCpl3 = check(
  'vm-at-cpl-3',
  'RFLAGS.VM is clear, or CR0.PE is set and the CPL is 3',
  ({ cr0, rflags, cpl }) => !has(rflags, b.RFLAGS_VM) || (has(cr0, b.CR0_PE) && cpl === 3),
)
const rootWithinMax = check(
  'cr3-within-maxphyaddr',
  'CR3 has no bit at or above MAXPHYADDR in long mode',
  ({ cr3, efer }, { maxPhyAddr }) => !has(efer, b.EFER_LMA) || cr3 >> BigInt(maxPhyAddr) === 0n,
)

/** The checks in the order in which they are made, each with the rule that a register image meets where it fails. */
const CHECKS: readonly (readonly [id: string, says: string, errno: Errno, premise: Premise<Walking>])[] = [
  ['registers.no-vcpu', 'Only a vCPU that exists has registers.', 'ENOENT', vcpuExists],
  ['registers.beyond-32-bits', 'CR0, CR4, EFER and RFLAGS have 32 bits that may be set.', 'EINVAL', narrow],
  ['registers.pg-without-pe', 'Paging needs protection: CR0.PG without CR0.PE.', 'EINVAL', protectedIfPaging],
  [
    'registers.lma-not-as-enabled',
    'Long mode is active exactly where paging and EFER.LME are on.',
    'EINVAL',
    activeAsEnabled,
  ],
  ['registers.lma-without-pae', 'Long mode needs CR4.PAE.', 'EINVAL', paeIfLong],
  ['registers.vm-in-long-mode', 'Long mode has no virtual-8086 mode.', 'EINVAL', noVmIfLong],
  ['registers.vm-outside-cpl-3', 'Virtual-8086 code is protected, and runs at CPL 3.', 'EINVAL', vmAtCpl3],
  [
    'registers.cr3-beyond-maxphyaddr',
    'CR3 has no bit that the processor has no address for.',
    'EINVAL',
    rootWithinMax,
  ],
]
const SOUND: readonly Premise<Walking>[] = CHECKS.map(([, , , premise]) => premise)

const refusals = CHECKS.map(([id, says, errno, premise], i) =>
  at('registers', {
    id,
    kind: 'call fails',
    says,
    cites: [sregs, semantics('5')],
    when: [...SOUND.slice(0, i), not(premise)],
    rewrite: cells => refuse(cells, errno),
  }),
)

/** Whether a processor can have these registers. */
export const isPossible: Holds = (image, cpu) => demands.every(holds => holds(image, cpu))

/** Whether they say PAE paging, whose top entries are registers too. */
export const hasTopEntries = ({ cr0, cr4, efer }: RegisterImage): boolean =>
  has(cr0, b.CR0_PG) && has(cr4, b.CR4_PAE) && !has(efer, b.EFER_LMA)

const loads = about(
  'pae-paging',
  'the registers say PAE paging, which has top entries to load',
  hasTopEntries,
)
const given = about('pdptes-given', 'the top entries are given', ({ pdptes }) => pdptes !== undefined)

const frameOfRoot = (cells: Walking): number => Number((asked(cells).cr3 & b.bits(12, 31)) >> 12n)
const rootMapped: Premise<Walking> = premise(
  'root-mapped',
  'a slot, of whatever kind, lies behind CR3',
  cells => slotIn(cells, frameOfRoot(cells)) !== null,
  cells => ({ gfn: frameOfRoot(cells) }),
)
const rootReadable: Premise<Walking> = premise(
  'root-host-readable',
  'the host can read the page behind CR3',
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
  'no present top entry has a reserved bit',
  cells => areSound(asked(cells).pdptes ?? entriesAtRoot(cells), cpuOf(cells)),
  cells => ({ entries: asked(cells).pdptes ?? entriesAtRoot(cells) }),
)

const load = (cells: Walking, pdptes: readonly U64[]): Cells => {
  const { cr0, cr3, cr4, efer, rflags, cpl, cs, vcpu } = asked(cells)
  const image: Loaded = { cr0, cr3, cr4, efer, rflags, cpl, cs, cpu: cpuOf(cells), pdptes }
  const vcpus = cells.vcpus.map(v => (v.id === vcpu ? { ...v, image } : v))
  return answer({ ...cells, vcpus }, { is: 'loaded', exception: null })
}
const refusedByGuest = (cells: Walking): Cells =>
  answer(cells, { is: 'loaded', exception: { vector: '#GP', error: 0 } })

const success = (
  id: string,
  says: string,
  when: readonly Premise<Walking>[],
  rewrite: (cells: Walking) => Cells,
) =>
  at('registers', {
    id,
    kind: 'call succeeds',
    says,
    cites: [pdptrs, semantics('5')],
    when: [...SOUND, ...when],
    rewrite,
  })

const successes: readonly Rule<Cells>[] = [
  success('registers.load', 'The vCPU has these registers from now on.', [not(loads)], cells =>
    load(cells, []),
  ),
  success(
    'registers.load-given',
    'PAE’s top entries are those that are given.',
    [loads, given, entriesSound],
    cells => load(cells, asked(cells).pdptes ?? []),
  ),
  success(
    'registers.load-pdptes',
    'PAE’s four top entries are read at CR3, once, and stay until the next load whatever becomes of that memory.',
    [loads, not(given), rootMapped, rootReadable, entriesSound],
    cells => load(cells, entriesAtRoot(cells)),
  ),
  success(
    'registers.given-reserved',
    'A reserved bit in a present top entry that is given is #GP(0) too, and no register changes.',
    [loads, given, not(entriesSound)],
    refusedByGuest,
  ),
  success(
    'registers.pdptes-no-slot',
    'Top entries that no slot is behind are #GP(0) for the instruction that loads them, and no register changes.',
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
