import type { HostPages } from '../memory/host-pages.js'
import { type Regime, regimeOf } from './regime.js'
import type { Processor, Registers } from './registers.js'
import { reservedInPdpte } from './reserved.js'
import { type Found, FoundSlot, type Section } from './section.js'
import { TablePlaces } from './table-places.js'
import { TranslationCache } from './translation-cache.js'

/** How a translation ends. */
export const OK = 0
/** A page fault: `error` is its code. */
export const FAULT = 1
/** A frame that is needed is blocked: `blockedFrame`. Nothing was decided. */
export const RETRY = 2
/** Below a second stage: the processor cannot go on, and KVM emulates the instruction. */
export const EMULATE = 8
/** KVM cannot go on either, for the host takes back what a slot has: KVM_RUN fails with EFAULT. */
export const HOST_FAULT = 9
export type Walked = typeof OK | typeof FAULT | typeof RETRY | typeof EMULATE | typeof HOST_FAULT

/** What a vCPU translates addresses with, and where the results are put: one object, so that nothing is allocated. */
export class Mmu {
  readonly pages: HostPages
  readonly section: Section
  readonly slot = new FoundSlot()
  readonly tables = new TablePlaces()
  readonly cache = new TranslationCache()
  regime: Regime
  /** PAE's top-level registers: low and high word of each. */
  readonly pdptes = new Int32Array(8)
  /**
   * Where in the page at CR3 they lie, if no register keeps them (nested paging on AMD, fetch-path.md, PAE’s top
   * entries); −1 if one does.
   */
  pdptesAt = -1
  /** Whether they were loaded anew in this section. */
  pdptesReloaded = false
  /** What a present one of them has clear then: low and high word. */
  readonly pdpteReserved = new Int32Array(2)
  /** User slots have ids below; others are invisible to the walk. */
  readonly slotLimit: number

  /** The set that places and cache are right for, and the rights of host pages. */
  #as = -1
  #ticket = -1
  #rightsTurn = 0

  /** The frame that an address was translated to. */
  gfn = 0
  /** Rights of its page: writable 1, user 2, no-execute 4. */
  rights = 0
  /** Where its host page begins in the buffer of host pages. */
  place = 0
  /** The error code of a page fault. */
  error = 0
  blockedFrame = 0
  /** The table of which it is not known where it is. */
  missed = 0
  /** Whether the fast walk is to be tried, in this section. */
  fast = false
  /** Whether other threads may write the tables, in this section. */
  shared = false
  /** Whether the processor itself walks, below a second stage that leads from frames to slots. */
  belowSecondStage = false
  /** Called before each look-up of a slot. Tests change things there; walks then go step by step only. */
  beforeLookUp: (() => void) | null = null
  /** Called when a section has been left: what waited for it may go on. For tests, too. */
  afterLeave: (() => void) | null = null

  constructor(pages: HostPages, section: Section, regime: Regime, slotLimit: number) {
    this.pages = pages
    this.section = section
    this.regime = regime
    this.slotLimit = slotLimit
  }

  /**
   * Loads registers, which must be possible; of PAE also `pdptes`. Nothing that was cached counts any more. `nested`: a
   * second stage is below the guest's tables, rather than shadows of them.
   */
  load(processor: Processor, registers: Registers, nested = true): void {
    this.regime = regimeOf(processor, registers)
    this.pdptesAt =
      nested && processor.amd && this.regime.paging === 'pae' ? Number(registers.cr3 & 0xfe0n) : -1
    const reserved = reservedInPdpte(processor)
    this.pdpteReserved[0] = Number(BigInt.asIntN(32, reserved))
    this.pdpteReserved[1] = Number(BigInt.asIntN(32, reserved >> 32n))
    this.cache.revoke()
  }

  /** Begins to hold the published set, and forgets what was cached of another. */
  enter(): void {
    const { section } = this
    section.enter()
    this.pdptesReloaded = false
    this.shared = section.shared
    const { rights } = this.pages
    this.fast = this.regime.fast && this.beforeLookUp === null && !section.blocks && !rights.isAny
    const { turn } = rights
    if (section.ticket === this.#ticket && section.as === this.#as && turn === this.#rightsTurn) return
    this.#rightsTurn = turn
    this.#as = section.as
    this.#ticket = section.ticket
    this.tables.revoke()
    this.cache.revoke()
  }

  /** Holds nothing any more. */
  leave(): void {
    this.section.leave()
    this.afterLeave?.()
  }

  /** Says that `gfn` is blocked. */
  blocked(gfn: number): typeof RETRY {
    this.blockedFrame = gfn
    return RETRY
  }

  /** Whether the host may not read, or with `writes` not write, what `slot` has behind `gfn`. */
  denied(gfn: number, writes: boolean): boolean {
    const { rights } = this.pages
    if (!rights.isAny) return false
    const { hostUpper, hostLow, base } = this.slot
    return rights.denies(hostUpper * 2 ** 32 + (hostLow >>> 0) + gfn - base, writes)
  }

  /** Looks `gfn` up in the held set, into `slot`. */
  lookUp(gfn: number, writes: boolean): Found {
    this.beforeLookUp?.()
    return this.section.lookUp(gfn, writes, this.slot)
  }
}
