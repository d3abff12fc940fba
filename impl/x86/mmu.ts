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
/** A frame that the operation needs is blocked: `blockedFrame`. It starts over. */
export const RETRY = 2
/** Below a second stage: the processor cannot go on, and KVM emulates the instruction. */
export const EMULATE = 8
/** KVM cannot go on either, since the host has no right to the page of a slot: KVM_RUN fails with EFAULT. */
export const HOST_FAULT = 9
export type Walked = typeof OK | typeof FAULT | typeof RETRY | typeof EMULATE | typeof HOST_FAULT

/** The state and the results of a vCPU's translations, in one object, so that a translation makes no garbage. */
export class Mmu {
  readonly pages: HostPages
  readonly section: Section
  readonly slot = new FoundSlot()
  readonly tables = new TablePlaces()
  readonly cache = new TranslationCache()
  regime: Regime
  /** PAE's four PDPTE registers: low and high word of each. */
  readonly pdptes = new Int32Array(8)
  /**
   * Byte offset of the PDPTEs in the page at CR3 if no register keeps them (nested paging on AMD, fetch-path.md, PAE's
   * top entries); or −1.
   */
  pdptesAt = -1
  /** Whether they were reloaded in this section. */
  pdptesReloaded = false
  /** The reserved bits of a present PDPTE: low and high word. */
  readonly pdpteReserved = new Int32Array(2)
  /** Ids of user slots are below; the walk does not see other slots. */
  readonly slotLimit: number

  /** The set, and the state of host rights, for which `tables` and `cache` are valid. */
  #as = -1
  #ticket = -1
  #rightsTurn = 0

  /** The frame that an address was translated to. */
  gfn = 0
  /** Rights of its page: writable 1, user 2, no-execute 4. */
  rights = 0
  /** The upper word of the entry that led to it, where its protection key is; 0 without paging. */
  leafHigh = 0
  /** Where its host page begins in the buffer of host pages. */
  place = 0
  /** The error code of a page fault. */
  error = 0
  blockedFrame = 0
  /** The frame of a table whose place is not in `tables`. */
  missed = 0
  /** Whether walks of this section try the fast walk. */
  fast = false
  /** Whether other threads may write the page tables during this section. */
  shared = false
  /** Whether the processor itself walks, below a second stage that leads from frames to slots. */
  belowSecondStage = false
  /** Called before each lookup of a slot, for tests that change slots there. If set, the fast walk is not tried. */
  beforeLookUp: (() => void) | null = null
  /** Called after a section has ended. For tests, too. */
  afterLeave: (() => void) | null = null

  constructor(pages: HostPages, section: Section, regime: Regime, slotLimit: number) {
    this.pages = pages
    this.section = section
    this.regime = regime
    this.slotLimit = slotLimit
  }

  /**
   * Takes registers, which must be possible; with PAE, `pdptes` has been loaded before. Drops what was cached.
   * @param nested whether the guest's tables are used over a second stage, or shadowed
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

  /** Begins a section: holds the published set, and drops what was cached of another. */
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

  /** Ends the section. */
  leave(): void {
    this.section.leave()
    this.afterLeave?.()
  }

  /** Notes that `gfn` is blocked. */
  blocked(gfn: number): typeof RETRY {
    this.blockedFrame = gfn
    return RETRY
  }

  /** Whether the host may not read, or with `writes` not write, the host page of `gfn` in `slot`. */
  denied(gfn: number, writes: boolean): boolean {
    const { rights } = this.pages
    if (!rights.isAny) return false
    const { hostUpper, hostLow, base } = this.slot
    return rights.denies(hostUpper * 2 ** 32 + (hostLow >>> 0) + gfn - base, writes)
  }

  /** Looks up `gfn` in the held set, into `slot`. */
  lookUp(gfn: number, writes: boolean): Found {
    this.beforeLookUp?.()
    return this.section.lookUp(gfn, writes, this.slot)
  }
}
