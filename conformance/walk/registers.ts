import type { U64 } from '../../spec/terms/numbers.js'
import { u64 } from '../../spec/terms/numbers.js'
import type { RegistersCall } from '../../spec/terms/operation.js'
import type { Image } from './image-codec.js'

export const PAGINGS = ['none', '32bit', 'pae', '4level', '5level'] as const
export type PagingName = (typeof PAGINGS)[number]

/** CR0, CR4, EFER that make a paging mode, with NXE wherever it may be. */
const OF_PAGING: Readonly<Record<PagingName, readonly [cr0: bigint, cr4: bigint, efer: bigint]>> = {
  none: [0x1n, 0n, 0n],
  '32bit': [0x8001_0001n, 0x10n, 0n],
  pae: [0x8001_0001n, 0x20n, 0x800n],
  '4level': [0x8001_0001n, 0x20n, 0xd00n],
  '5level': [0x8001_0001n, 0x1020n, 0xd00n],
}

export interface Given {
  readonly paging?: PagingName
  readonly cr3?: U64
  readonly cpl?: number
}

/** The image's registers; an option overrides the image, and what neither gives is as the paging mode needs it. */
export const registersOf = ({ registers = {} }: Image, given: Given): RegistersCall => {
  const [cr0, cr4, efer] = OF_PAGING[given.paging ?? '4level']
  const long = (given.paging ?? '4level').endsWith('level')
  const flat = { base: u64(0), limit: 0xffff_ffff, d: !long, l: long }
  const mode = given.paging !== undefined
  return {
    op: 'registers',
    vcpu: 0,
    rflags: u64(2),
    cs: flat,
    ...registers,
    cr0: mode ? u64(cr0) : (registers.cr0 ?? u64(cr0)),
    cr4: mode ? u64(cr4 | ((registers.cr4 ?? 0n) & ~0x1030n)) : (registers.cr4 ?? u64(cr4)),
    efer: mode ? u64(efer) : (registers.efer ?? u64(efer)),
    cr3: given.cr3 ?? registers.cr3 ?? u64(0),
    cpl: given.cpl ?? registers.cpl ?? 0,
  }
}
