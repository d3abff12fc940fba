import type { U64 } from '../numbers.js'
import type { CodeSegment, Cpu } from './registers.js'

/** A vCPU's registers as loaded: possible, complete, and under PAE with its four top entries. */
export interface Loaded {
  readonly cr0: U64
  readonly cr3: U64
  readonly cr4: U64
  readonly efer: U64
  readonly rflags: U64
  readonly cpl: number
  readonly cs: CodeSegment
  readonly cpu: Cpu
  readonly pkru: U64
  /** Empty outside PAE paging. */
  readonly pdptes: readonly U64[]
  /** An SMI has left them: the interrupt table has the limit 0, and there are no handlers. */
  readonly withoutHandlers?: true
}
