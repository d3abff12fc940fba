import type { Sentences } from '../../rewrite/index.js'
import { type U64, u64 } from '../../terms/numbers.js'
import * as b from '../../terms/paging/bits.js'
import type { Cpu, RegisterImage } from '../../terms/paging/registers.js'

const has = (register: U64, bit: bigint): boolean => (register & bit) !== 0n

/** A demand that every processor’s registers fulfil, and the rule that refuses an image which does not. */
export interface Demand {
  /** The rule that refuses. */
  readonly id: string
  readonly says: string
  /** The premise of all other rules of registers. */
  readonly name: string
  readonly means: Sentences
  readonly holds: (image: RegisterImage, cpu: Cpu) => boolean
  /** The processor asks it, and KVM does not: KVM_SET_REGS loads RFLAGS as they are, and KVM_SET_SREGS EFER. */
  readonly isOfProcessor?: true
}

/** Those of `kvm_is_valid_sregs`, arch/x86/kvm/x86.c, and of processors alone. The errno is the same, whatever the order. */
export const DEMANDS: readonly Demand[] = [
  {
    id: 'registers.beyond-32-bits',
    says: 'CR0 and CR4 have 32 bits that may be set.',
    name: 'control-registers-32-bit',
    means: { holds: 'CR0 and CR4 have no bit above bit 31', fails: 'CR0 or CR4 has a bit above bit 31' },
    holds: ({ cr0, cr4 }) => (cr0 | cr4) >> 32n === 0n,
  },
  {
    id: 'registers.flags-beyond-32-bits',
    says: 'EFER, RFLAGS and PKRU have 32 bits that may be set.',
    name: 'flags-32-bit',
    means: {
      holds: 'EFER, RFLAGS and PKRU have no bit above bit 31',
      fails: 'EFER, RFLAGS or PKRU has a bit above bit 31',
    },
    isOfProcessor: true,
    holds: ({ efer, rflags, pkru = u64(0) }) => (efer | rflags | pkru) >> 32n === 0n,
  },
  {
    id: 'registers.nw-without-cd',
    says: 'CR0.NW, no write-through, needs CR0.CD, the cache off.',
    name: 'cache-off-if-nw',
    means: { holds: 'CR0.CD is set, or CR0.NW is clear', fails: 'CR0.NW is set, and CR0.CD is clear' },
    holds: ({ cr0 }) => !has(cr0, b.CR0_NW) || has(cr0, b.CR0_CD),
  },
  {
    id: 'registers.pg-without-pe',
    says: 'Paging needs protected mode: CR0.PG needs CR0.PE.',
    name: 'protected-if-paging',
    means: { holds: 'CR0.PE is set, or CR0.PG is clear', fails: 'CR0.PG is set, and CR0.PE is clear' },
    holds: ({ cr0 }) => !has(cr0, b.CR0_PG) || has(cr0, b.CR0_PE),
  },
  {
    id: 'registers.lma-not-as-enabled',
    says: 'Long mode is active exactly where paging and EFER.LME are on.',
    name: 'lma-as-enabled',
    means: {
      holds: 'EFER.LMA is set if CR0.PG and EFER.LME are, and clear otherwise',
      fails: 'EFER.LMA is not as CR0.PG and EFER.LME have it',
    },
    holds: ({ cr0, efer }) => has(efer, b.EFER_LMA) === (has(cr0, b.CR0_PG) && has(efer, b.EFER_LME)),
  },
  {
    id: 'registers.lma-without-pae',
    says: 'Long mode needs CR4.PAE.',
    name: 'pae-if-lma',
    means: { holds: 'CR4.PAE is set, or EFER.LMA is clear', fails: 'EFER.LMA is set, and CR4.PAE is clear' },
    holds: ({ cr4, efer }) => !has(efer, b.EFER_LMA) || has(cr4, b.CR4_PAE),
  },
  {
    id: 'registers.vm-in-long-mode',
    says: 'Long mode has no virtual-8086 mode.',
    name: 'no-vm-if-lma',
    means: { holds: 'RFLAGS.VM or EFER.LMA is clear', fails: 'RFLAGS.VM and EFER.LMA are both set' },
    isOfProcessor: true,
    holds: ({ efer, rflags }) => !has(efer, b.EFER_LMA) || !has(rflags, b.RFLAGS_VM),
  },
  {
    id: 'registers.vm-outside-cpl-3',
    says: 'Virtual-8086 mode needs protected mode, and runs at CPL 3.',
    name: 'vm-at-cpl-3',
    means: {
      holds: 'RFLAGS.VM is clear, or CR0.PE is set and the CPL is 3',
      fails: 'RFLAGS.VM is set, and CR0.PE is clear or the CPL is not 3',
    },
    isOfProcessor: true,
    holds: ({ cr0, rflags, cpl }) => !has(rflags, b.RFLAGS_VM) || (has(cr0, b.CR0_PE) && cpl === 3),
  },
  {
    id: 'registers.cr3-beyond-maxphyaddr',
    says: 'In long mode CR3 has no bit at or above MAXPHYADDR.',
    name: 'cr3-within-maxphyaddr',
    means: {
      holds: 'long mode is off, or CR3 has no bit at or above MAXPHYADDR',
      fails: 'CR3 has a bit at or above MAXPHYADDR in long mode',
    },
    holds: ({ cr3, efer }, { maxPhyAddr }) => !has(efer, b.EFER_LMA) || cr3 >> BigInt(maxPhyAddr) === 0n,
  },
]

/** Whether a processor can have these registers. */
export const isPossible = (image: RegisterImage, cpu: Cpu): boolean =>
  DEMANDS.every(({ holds }) => holds(image, cpu))

/** Whether registers say PAE paging, whose four top entries are registers too. */
export const hasTopEntries = ({ cr0, cr4, efer }: RegisterImage): boolean =>
  has(cr0, b.CR0_PG) && has(cr4, b.CR4_PAE) && !has(efer, b.EFER_LMA)
