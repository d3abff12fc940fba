import { requireBytes, requireInteger, requireOneOf, requireU64 } from '../base/domain.js'
import type { MmioExit } from '../base/mmio.js'
import { goIntoSmm, isInSmm, leaveSmm } from '../calls/vcpus.js'
import type { Machine } from '../machine.js'
import type { Reader } from '../readers/reader.js'
import { SAVED } from '../threads/control.js'
import { ABANDONED, inSection } from './attempts.js'
import { type Accessed, addMissing, DEVICE, Pieces, readLinear, takeAnswer, writeLinear } from './data.js'
import { type Address, endOf, endOfData, endOfFetch, pageFault } from './end-of.js'
import {
  type DataEnd,
  type FetchEnd,
  GP,
  type LoadEnd,
  type RsmEnd,
  type SmiEnd,
  type TranslateEnd,
  UD,
} from './ends.js'
import {
  type Exchanged,
  exchangeByProcessor,
  isCompared,
  loadToExchange,
  NOT_EXCHANGED,
  storeExchanged,
} from './exchange.js'
import {
  type CodeWindow,
  codeWindowOf,
  fetchInstruction,
  GENERAL_PROTECTION,
  INSTRUCTION_BYTES,
  isCanonical,
  Prefetched,
} from './instruction.js'
import { EMULATE, FAULT, Mmu, OK, RETRY } from './mmu.js'
import { NextEntry } from './next-entry.js'
import { arePossible, loadPdptes, REFUSED } from './pdptes.js'
import { readByProcessor, writeByProcessor } from './processor-data.js'
import { fetchByProcessor } from './processor-fetch.js'
import { ROOTLESS, walkByProcessor } from './processor-walk.js'
import { FETCH, READ, type Regime, regimeOf, WRITE } from './regime.js'
import {
  DEFAULT_PROCESSOR,
  ImpossibleRegisters,
  type Processor,
  RESET,
  type Registers,
  requirePossible,
} from './registers.js'
import { handlerRegisters, readState, requireSmbase, savedRegisters, saveState } from './save-state.js'
import { VcpuSection } from './vcpu-section.js'
import { walk } from './walk.js'

/** Who makes an access: KVM's emulator, or the processor, which leaves to the emulator what it cannot do. */
export type By = 'emulator' | 'hardware'

/** The most bytes of a data access. */
const MAX_DATA_BYTES = 16

/**
 * A vCPU that addresses memory as x86 does: by its registers, through the guest's page tables, in the slots of its
 * space. Every operation makes all its lookups in one set. If it meets a blocked page it waits, holding nothing, and
 * starts over (semantics.md §2, fetch-atomic). It begins in the state after a reset.
 *
 * Every operation throws TypeError or RangeError for an argument of another type or outside its range, Released where the
 * vCPU was closed or released, and StuckUpdate if a page stays blocked longer than the VM's `patience`.
 *
 * @example
 * const { linear } = vm.vcpu(0)
 * linear.fetch(0xfff0n, 3) // the reset vector: CS base 0xffff0000, IP 0xfff0
 */
export class LinearVcpu {
  readonly mmu: Mmu
  readonly prefetched = new Prefetched()
  readonly #pieces = new Pieces()
  readonly #machine: Machine
  readonly #reader: Reader
  #processor: Processor
  #registers: Registers
  #code: CodeWindow
  /** The regime of the processor itself, which follows the manual where KVM's walker differs. */
  #hardwareRegime: Regime
  readonly #next: NextEntry

  constructor(machine: Machine, reader: Reader) {
    const [processor, registers] = [DEFAULT_PROCESSOR, RESET]
    this.#hardwareRegime = regimeOf({ ...processor, byTheBook: true }, registers)
    this.#machine = machine
    this.#reader = reader
    this.#processor = processor
    this.#registers = registers
    this.#code = codeWindowOf(registers)
    const section = new VcpuSection(machine, reader)
    this.mmu = new Mmu(
      machine.memory.pages,
      section,
      regimeOf(processor, registers),
      machine.limits.slotLimit,
    )
    this.#next = new NextEntry(machine, reader, this.mmu)
  }

  /**
   * Loads registers, with PAE the PDPTEs from memory unless they are given.
   * @throws ImpossibleRegisters for a state that no processor can be in
   * @throws TypeError, RangeError for a value of another type or outside its range
   * @throws Released
   */
  load(processor: Processor, registers: Registers): LoadEnd {
    requirePossible(processor, registers)
    this.#reader.require()
    const { mmu } = this
    const { paging } = regimeOf(processor, registers)
    if (paging === 'pae') {
      const loaded = registers.pdptes
        ? this.#given(processor, registers.pdptes)
        : inSection(mmu, () => loadPdptes(mmu, processor, registers))
      if (loaded === ABANDONED) return { end: 'abandoned' }
      if (loaded === REFUSED) return { end: 'fault', exception: GP }
    }
    this.#become(processor, registers)
    return { end: 'loaded' }
  }

  #become(processor: Processor, registers: Registers): void {
    this.#next.load(registers, this.#registers)
    this.#processor = processor
    this.#registers = registers
    this.#code = codeWindowOf(registers)
    this.#hardwareRegime = regimeOf({ ...processor, byTheBook: true }, registers)
    this.mmu.load(processor, registers, this.#machine.limits.secondStage === 'tdp')
  }

  /**
   * An SMI that saves the registers: the vCPU goes to space 1, writes them there, and is in real mode at SMBASE.
   * @param smbase a byte address, a multiple of 4096 below 2³²
   * @throws RangeError for another one
   */
  smi(smbase: number): SmiEnd {
    requireSmbase(smbase)
    this.#reader.require()
    const machine = this.#machine
    const at = machine.control.readerAt(this.#reader.index)
    const wasQueued = this.#next.isQueued
    if ('errno' in goIntoSmm(machine, at)) return { end: 'refused', errno: 'EINVAL' }
    const end = inSection(this.mmu, () => saveState(this.mmu, smbase, this.#registers))
    if (end === ABANDONED) {
      leaveSmm(machine, at) // as if there had been no SMI
      this.#next.isQueued = wasQueued
      return { end: 'abandoned' }
    }
    if (end !== OK && !machine.limits.kernel.smiGoesOn) return { end: 'refused', errno: 'EIO' }
    Atomics.store(machine.control.words, at + SAVED, smbase | 1)
    this.#become(this.#processor, handlerRegisters(this.#registers, smbase))
    this.#next.enterHandler()
    return { end: 'entered' }
  }

  /** RSM: back to space 0; if `smi` has saved registers, with those that memory holds by now. */
  rsm(): RsmEnd {
    this.#reader.require()
    const machine = this.#machine
    const { words } = machine.control
    const at = machine.control.readerAt(this.#reader.index)
    const saved = words[at + SAVED]!
    if (isInSmm(machine, at) && this.#next.shutsDown) {
      this.#next.drop()
      return { end: 'shutdown', inSmm: true }
    }
    if (saved !== 0) {
      const end = inSection(this.mmu, () => readState(this.mmu, (saved & ~1) >>> 0))
      if (end === ABANDONED) return { end: 'abandoned' }
      if (end !== OK) return { end: 'shutdown', inSmm: true }
    }
    if ('errno' in leaveSmm(machine, at)) return { end: 'refused', errno: 'EINVAL' }
    return saved === 0 ? { end: 'left' } : this.#restore()
  }

  #restore(): RsmEnd {
    const shutdown = { end: 'shutdown', inSmm: false } as const
    const saved = savedRegisters()
    if (saved === null) return shutdown
    const registers = { ...saved, pkru: this.#registers.pkru }
    try {
      // RSM is not abandoned half way: a kick while it waits for the PDPTEs makes it look up again.
      for (;;) {
        const { end } = this.load(this.#processor, registers)
        if (end !== 'abandoned') return end === 'fault' ? shutdown : { end: 'left' }
      }
    } catch (error) {
      if (error instanceof ImpossibleRegisters) return shutdown
      throw error
    }
  }

  #queueUndefined(end: FetchEnd): FetchEnd {
    if ('exit' in end && end.exit.suberror === 1 && end.exit.pending === '#UD') this.#next.queue(UD)
    return end
  }

  /** Drops all cached translations, as INVLPG and the like require. */
  invalidate(): void {
    this.mmu.cache.revoke()
  }

  /**
   * Fetches an instruction of which the decoder needs `length` bytes, 1..15, into `prefetched`. Makes no garbage unless
   * it fails: hence the loop of `inSection`, without its closure.
   * @param high, low the offset in the code segment
   */
  fetchWords(high: number, low: number, length: number): number {
    // Another one, NaN above all, would be asked for for ever.
    if (!(length >= 1 && length <= INSTRUCTION_BYTES)) this.#refuseLength(length)
    const { mmu } = this
    for (;;) {
      mmu.enter()
      try {
        const end = fetchInstruction(mmu, this.#code, this.prefetched, high, low, length)
        if (end !== RETRY) return end
        if (!mmu.section.waitFor(mmu.blockedFrame)) return ABANDONED
      } finally {
        mmu.leave()
      }
    }
  }

  /**
   * Fetches an instruction at offset `rip` of the code segment, of which the decoder needs `length` bytes, 1..15.
   * @param by KVM's emulator, or the processor, which leaves to the emulator what it cannot fetch
   */
  fetch(rip: bigint, length: number, by: By = 'emulator'): FetchEnd {
    requireU64('rip', rip)
    requireInteger('length', length, 1, INSTRUCTION_BYTES)
    requireBy(by)
    const met = this.#next.met()
    if (met !== null) return met
    const { mmu, prefetched } = this
    const [high, low] = [highOf(rip), lowOf(rip)]
    const end =
      by === 'emulator'
        ? this.fetchWords(high, low, length)
        : this.#byProcessor(
            () => fetchByProcessor(mmu, this.#code, prefetched, high, low, length),
            () => fetchInstruction(mmu, this.#code, prefetched, high, low, length),
          )
    if (end === ROOTLESS) return this.#next.rootless(pageFault(mmu, prefetched))
    const { cpl } = this.#registers
    return this.#queueUndefined(
      endOfFetch(end, this.mmu, prefetched, { length, cpl, limits: this.#machine.limits }),
    )
  }

  #refuseLength(length: number): never {
    requireInteger('length', length, 1, INSTRUCTION_BYTES)
    throw new TypeError('length must be a number') // what compares as one, and is none
  }

  /** What the processor does of itself, in a section; where it leaves that to the emulator, what the emulator does. */
  #byProcessor<End extends number>(
    processor: () => End,
    emulator: () => End,
  ): Exclude<End, typeof RETRY> | typeof ABANDONED {
    const { mmu } = this
    const below = this.#machine.limits.secondStage === 'tdp'
    return inSection(mmu, () => {
      const kvms = mmu.regime
      mmu.belowSecondStage = below
      if (below) mmu.regime = this.#hardwareRegime
      const end = processor()
      mmu.belowSecondStage = false
      mmu.regime = kvms
      if (end !== EMULATE && !(end === ROOTLESS && below)) return end
      const emulated = emulator()
      // KVM's walker finds no root either.
      return end === ROOTLESS && emulated === FAULT ? end : emulated
    })
  }

  /** Translates linear address `gva`. Accessed and dirty bits are set as by the access. */
  translate(gva: bigint, access: 'read' | 'write' | 'fetch', by: By = 'emulator'): TranslateEnd {
    requireU64('gva', gva)
    requireOneOf('access', access, ['read', 'write', 'fetch'])
    requireBy(by)
    // KVM translates without entering the guest; the processor translates as it runs.
    const met = by === 'hardware' ? this.#next.met() : null
    if (met !== null) return met
    const { mmu } = this
    const at = this.#address(gva)
    if (at === null) return { end: 'fault', exception: GP }
    const { high, low } = at
    const use = access === 'read' ? READ : access === 'write' ? WRITE : FETCH
    const emulator = () => walk(mmu, high, low, use)
    const end =
      by === 'emulator'
        ? inSection(mmu, emulator)
        : this.#byProcessor<number>(() => walkByProcessor(mmu, high, low, use), emulator)
    if (end === ROOTLESS) return this.#next.rootless(pageFault(mmu, at))
    if (end !== OK) return endOf(end, mmu, at)
    const gpa = (BigInt(mmu.gfn) << 12n) | BigInt(at.low & 4095)
    const { rights } = mmu
    return {
      end: 'data',
      gpa,
      rights: { write: (rights & 1) !== 0, user: (rights & 2) !== 0, execute: (rights & 4) === 0 },
    }
  }

  /**
   * Reads `size` bytes, 1..16, at linear address `gva`, from one page or two.
   * @param device what the VMM answers to MMIO reads, in order, and zeros after it; without it what they read is not told
   */
  read(gva: bigint, size: number, by: By = 'emulator', device?: Uint8Array): DataEnd {
    requireU64('gva', gva)
    requireInteger('size', size, 1, MAX_DATA_BYTES)
    requireBy(by)
    requireAnswer(device)
    const met = this.#next.met()
    if (met !== null) return met
    const data = new Uint8Array(size)
    const end = this.#access(gva, data, by === 'emulator' ? null : readByProcessor, readLinear)
    const low = lowOf(gva)
    const exits: MmioExit[] = []
    if (end === DEVICE) addMissing(exits, this.#pieces, low, size)
    const isTold = end !== DEVICE || device !== undefined
    if (end === DEVICE && device !== undefined) takeAnswer(this.#pieces, low, data, device)
    return this.#endOfData(end, exits, isTold ? data : undefined)
  }

  /** Writes 1..16 bytes at linear address `gva`, to one page or two, and marks pages whose slot is logged. */
  write(gva: bigint, data: Uint8Array, by: By = 'emulator'): DataEnd {
    requireU64('gva', gva)
    requireBytes('data', data)
    requireInteger('data.length', data.length, 1, MAX_DATA_BYTES)
    requireBy(by)
    const met = this.#next.met()
    if (met !== null) return met
    const end = this.#access(gva, data, by === 'emulator' ? null : writeByProcessor, writeLinear)
    const exits: MmioExit[] = []
    if (end === DEVICE) addMissing(exits, this.#pieces, lowOf(gva), data.length, data)
    return this.#endOfData(end, exits)
  }

  /**
   * Exchanges 1..16 bytes at linear address `gva`: writes `data` and returns the bytes before it, as xchg does. The
   * emulator loads first; where that exits it has left KVM, and looks up afresh to store.
   * @param device as in `read`
   */
  exchange(gva: bigint, data: Uint8Array, by: By = 'emulator', device?: Uint8Array): DataEnd {
    requireU64('gva', gva)
    requireBytes('data', data)
    requireInteger('data.length', data.length, 1, MAX_DATA_BYTES)
    requireBy(by)
    requireAnswer(device)
    const met = this.#next.met()
    if (met !== null) return met
    const at = this.#address(gva, data.length)
    if (at === null) return { end: 'fault', exception: GP }
    const { mmu } = this
    const pieces = this.#pieces
    const { wide } = this.#code
    const { high, low } = at
    const old = new Uint8Array(data.length)
    const exits: MmioExit[] = []
    let loads = false
    const store = () => storeExchanged(mmu, pieces, wide, high, low, data, old)
    const emulate = (): Exchanged => {
      loads = true
      const loaded = loadToExchange(mmu, pieces, wide, high, low, old)
      if (loaded !== OK) return loaded
      loads = false
      return store()
    }
    const processor = () => exchangeByProcessor(mmu, pieces, wide, high, low, data, old)
    let end = by === 'emulator' ? inSection(mmu, emulate) : this.#byProcessor(processor, emulate)
    let isTold = true
    if (end === DEVICE && loads) {
      addMissing(exits, pieces, low, data.length)
      isTold = device !== undefined
      if (device !== undefined) takeAnswer(pieces, low, old, device)
      // The read has had its effect on the device: the instruction is not abandoned any more. If memory is there by now and
      // holds other bytes, what is compared with them is not exchanged, and the instruction is begun anew.
      do end = inSection(mmu, store)
      while (end === ABANDONED)
      if (end === OK && isCompared(low, data.length)) isTold = true
    }
    if (end === NOT_EXCHANGED) return this.#failedExchange(exits)
    if (end === DEVICE) addMissing(exits, pieces, low, data.length, data)
    const ended = this.#endOfData(end, exits, isTold ? old : undefined)
    return exits.length === 0 || ended.end === 'mmio'
      ? ended
      : afterExits(ended, exits, isTold ? old : undefined)
  }

  /** Emulation has failed: #UD to the guest above CPL 0, and at CPL 0 it stays queued, where KVM queues it. */
  #failedExchange(exits: readonly MmioExit[]): DataEnd {
    const { exitsOnEmulationFailure, kernel } = this.#machine.limits
    const before = exits.length === 0 ? {} : { exits }
    const queues = !exitsOnEmulationFailure && kernel.queuesUndefined
    if (queues && this.#registers.cpl !== 0) return { end: 'fault', exception: UD, ...before }
    if (queues) this.#next.queue(UD)
    return { end: 'exit', ...before }
  }

  /** An access of `bytes`, by the processor unless that is null, or else by the emulator. */
  #access(
    gva: bigint,
    bytes: Uint8Array,
    processor: typeof readByProcessor | null,
    emulator: typeof readLinear,
  ): Exclude<Accessed, typeof RETRY> | typeof ABANDONED | typeof GENERAL_PROTECTION {
    const { mmu } = this
    const pieces = this.#pieces
    const at = this.#address(gva, bytes.length)
    if (at === null) return GENERAL_PROTECTION
    const { wide } = this.#code
    const emulate = () => emulator(mmu, pieces, wide, at.high, at.low, bytes)
    return processor === null
      ? inSection(mmu, emulate)
      : this.#byProcessor(() => processor(mmu, pieces, wide, at.high, at.low, bytes), emulate)
  }

  #endOfData(end: Parameters<typeof endOfData>[0], exits: readonly MmioExit[], data?: Uint8Array): DataEnd {
    const { mmu } = this
    if (end === ROOTLESS) return this.#next.rootless(pageFault(mmu, this.#pieces))
    return endOfData(end, mmu, this.#pieces, exits, data)
  }

  #given(processor: Processor, pdptes: readonly bigint[]): typeof OK | typeof REFUSED {
    const words = Int32Array.from(pdptes.flatMap(entry => [lowOf(entry), highOf(entry)]))
    if (!arePossible(processor, words)) return REFUSED
    this.mmu.pdptes.set(words)
    return OK
  }

  /** A linear address in words, or null where it is not canonical to its last byte. */
  #address(gva: bigint, size = 1): Address | null {
    if (!this.#code.wide) return { high: 0, low: lowOf(gva) }
    const last = BigInt.asUintN(64, gva + BigInt(size - 1))
    const { sign } = this.#code
    if (!isCanonical(highOf(gva), sign) || !isCanonical(highOf(last), sign)) return null
    return { high: highOf(gva), low: lowOf(gva) }
  }
}

/** An exchange that has exited for its load: in memory by then, it has been MMIO all the same. */
function afterExits(ended: DataEnd, exits: readonly MmioExit[], old: Uint8Array | undefined): DataEnd {
  if (ended.end === 'data')
    return old === undefined ? { end: 'mmio', exits } : { end: 'mmio', exits, data: old }
  return ended.end === 'fault' ? { ...ended, exits } : ended
}

function requireAnswer(device: Uint8Array | undefined): void {
  if (device !== undefined) requireBytes('device', device)
}

function requireBy(by: By): void {
  requireOneOf('by', by, ['emulator', 'hardware'])
}

function highOf(address: bigint): number {
  return Number(BigInt.asIntN(32, address >> 32n))
}

function lowOf(address: bigint): number {
  return Number(BigInt.asIntN(32, address))
}
