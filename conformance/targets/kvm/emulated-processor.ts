import { readFileSync } from 'node:fs'

/** Set for programs that run on a processor which is itself emulated: what it does by itself is the emulator's, not silicon's. */
export const EMULATED_PROCESSOR = 'MEMSLOT_EMULATED_PROCESSOR'

export const isProcessorEmulated = (): boolean => process.env[EMULATED_PROCESSOR] !== undefined

/** Parameters of KVM's modules that say whether there is a second stage. */
const SECOND_STAGE = ['/sys/module/kvm_amd/parameters/npt', '/sys/module/kvm_intel/parameters/ept']

export const hasSecondStage = (): boolean =>
  SECOND_STAGE.some(file => {
    try {
      return /^[Y1]/.test(readFileSync(file, 'utf8'))
    } catch {
      return false // another vendor's module, or one that has none
    }
  })

/**
 * Whether guests' tables are walked by a processor that is emulated: QEMU's walk differs from x86's in reserved bits and
 * holes, which is not the kernel's doing.
 */
export const areWalksEmulated = (): boolean => isProcessorEmulated() && hasSecondStage()

/** Why that is not asked. */
export const WALKED_BY_QEMU =
  'below a second stage the processor walks a guest’s tables, and here QEMU’s does, which is no kernel’s doing (npt=0 asks KVM’s walk)'
