import { setRegion } from '../../../impl/calls/set-region.js'
import { createVcpu } from '../../../impl/calls/vcpus.js'
import { Machine } from '../../../impl/machine.js'
import { limitsOf } from '../../../impl/options.js'
import { claimVcpu } from '../../../impl/readers/claim.js'
import { Mmu } from '../../../impl/x86/mmu.js'
import { type Regime, regimeOf } from '../../../impl/x86/regime.js'
import {
  CR0_PE,
  CR0_PG,
  CR4_PAE,
  DEFAULT_PROCESSOR,
  EFER_LMA,
  EFER_LME,
  EFER_NXE,
} from '../../../impl/x86/registers.js'
import { VcpuSection } from '../../../impl/x86/vcpu-section.js'

/** Slots as a VM with memory above 4 GiB has them; the sum of their pages is 512 MiB. */
const SLOTS = [
  { base: 0, npages: 0xa0 },
  { base: 0x100, npages: 0x8000 },
  { base: 0xc000, npages: 0x4000 },
  { base: 0x1_8000, npages: 0x1000 },
  { base: 0x10_0000, npages: 0x8000 },
  { base: 0x11_0000, npages: 0x4000 },
  { base: 0x14_0000, npages: 0x2000 },
  { base: 0x20_0000, npages: 0x4000 },
] as const
const HOST = 0x7_f5a0_0000
/** P, W, U, A, D. */
const SET = 0x67

/** A random sequence that is the same in every run. */
export const drawing = (seed: number): ((below: number) => number) => {
  let state = seed
  return below => {
    state = (Math.imul(state, 1103515245) + 12345) >>> 0
    return Math.floor((state / 2 ** 32) * below)
  }
}

/** A guest with 4-level page tables scattered over its slots, as the tables of a long-running guest are. */
export interface WalkWorld {
  readonly mmu: Mmu
  readonly regime: Regime
  readonly slots: readonly { readonly base: number; readonly npages: number; readonly hva: number }[]
  /** Linear addresses, and the frames they are mapped to. */
  readonly highs: Int32Array
  readonly lows: Int32Array
  readonly frames: Float64Array
  /** Which of them are walked to, in a random order that no predictor learns; and these addresses themselves. */
  readonly order: Int32Array
  readonly walkHighs: Int32Array
  readonly walkLows: Int32Array
  readonly tables: number
}

/** @param pages how many pages are mapped, at random, in 2^`bits` bytes of linear memory */
export const walkWorld = (pages: number, bits: number): WalkWorld => {
  const draw = drawing(pages)
  const machine = Machine.create(limitsOf({}))
  createVcpu(machine, 0)
  const slots = SLOTS.map(({ base, npages }, i) => ({ base, npages, hva: HOST + i * 0x1_0000 + i * 77 }))
  for (const [id, { base, npages, hva }] of slots.entries()) {
    const bytes = (n: number) => BigInt(n) << 12n
    setRegion(machine, { as: 0, id, gpa: bytes(base), size: bytes(npages), hva: bytes(hva), flags: 0 }, {})
  }
  const taken = new Set<number>()
  const frame = (): number => {
    for (;;) {
      const slot = slots[draw(slots.length)]!
      const gfn = slot.base + draw(slot.npages)
      if (taken.has(gfn)) continue
      taken.add(gfn)
      return gfn
    }
  }
  const hostPage = (gfn: number): number => {
    const slot = slots.findLast(({ base }) => base <= gfn)!
    return slot.hva + gfn - slot.base
  }
  const wordOf = (table: number, index: number): number =>
    (machine.memory.pages.claim(hostPage(table)) >> 2) + 2 * index
  const put = (word: number, gfn: number): void => {
    const { words } = machine.memory.pages
    words[word] = (gfn << 12) | SET
    words[word + 1] = gfn >>> 20
  }
  const root = frame()
  let tables = 1
  const map = (high: number, low: number, gfn: number): void => {
    let table = root
    for (const index of [(high >>> 7) & 511, ((high << 2) | (low >>> 30)) & 511, (low >>> 21) & 511]) {
      const word = wordOf(table, index)
      if ((machine.memory.pages.words[word]! & 1) === 0) {
        put(word, frame())
        tables++
      }
      const { words } = machine.memory.pages
      table = (words[word + 1]! & 0xf_ffff) * 2 ** 20 + (words[word]! >>> 12)
    }
    put(wordOf(table, (low >>> 12) & 511), gfn)
  }
  const highs = new Int32Array(pages)
  const lows = new Int32Array(pages)
  const frames = new Float64Array(pages)
  const mapped = new Set<number>()
  for (let i = 0; i < pages; i++) {
    let page = draw(2 ** (bits - 12))
    while (mapped.has(page)) page = draw(2 ** (bits - 12))
    mapped.add(page)
    highs[i] = Math.floor(page / 2 ** 20)
    lows[i] = page << 12
    frames[i] = frame()
    map(highs[i]!, lows[i]!, frames[i]!)
    machine.memory.make(hostPage(frames[i]!))
  }
  const regime = regimeOf(DEFAULT_PROCESSOR, {
    cr0: (CR0_PE | CR0_PG) >>> 0,
    cr3: BigInt(root) << 12n,
    cr4: CR4_PAE,
    efer: EFER_LME | EFER_LMA | EFER_NXE,
    rflags: 2,
    cpl: 3,
    cs: { base: 0n, limit: 0xffff_ffff, long: true },
  })
  const order = Int32Array.from({ length: ORDER }, () => draw(pages))
  return {
    mmu: new Mmu(
      machine.memory.pages,
      new VcpuSection(machine, claimVcpu(machine, 0)),
      regime,
      machine.limits.slotLimit,
    ),
    regime,
    slots,
    highs,
    lows,
    frames,
    order,
    walkHighs: order.map(at => highs[at]!),
    walkLows: order.map(at => lows[at]!),
    tables,
  }
}

export const ORDER = 1 << 13
