import { not, type Premise, premise, type Rule } from '../../rewrite/index.js'
import type { Cells } from '../../terms/cells.js'
import { load } from '../../terms/memory.js'
import type { FetchInstruction } from '../../terms/operation.js'
import type { Mode } from '../../terms/paging/mode.js'
import type { Slot } from '../../terms/slot.js'
import { onward, type Walking } from '../../terms/walking.js'
import { linux, observed, semantics } from '../cite.js'
import { at, badHva, byHardware, emulated, over, regimeIn } from '../walk/station.js'
import { hostPage, mapped, notMapped, pageReached, readable, target } from '../walk/target.js'

const emulator = linux('arch/x86/kvm/emulate.c', '__do_insn_fetch_bytes, __linearize')
const cites = [emulator, semantics('5. The fetch path')]

const ADDRESS_32 = (1n << 32n) - 1n
const ADDRESS_64 = (1n << 64n) - 1n
/** Bytes of the longest instruction. */
const MAX_INSTRUCTION = 15
const PAGE = 4096

const lengthOf = ({ call }: Walking): number => (call as FetchInstruction).length // only a fetch has a window
export const soFar = ({ walk }: Walking): number => walk.bytes.length / 2

/** Whether all bits above a linear address's width are as its top bit. */
export const isCanonical = (la: bigint, width: number): boolean => {
  const top = BigInt.asIntN(width, la)
  return BigInt.asUintN(64, top) === la
}

const limitOf = ({ walk }: Walking): bigint => BigInt(walk.loaded?.cs.limit ?? 0)
const linear = (cells: Walking): bigint => {
  const { offset, loaded } = cells.walk
  return regimeIn(cells).mode === '64-bit'
    ? offset & ADDRESS_64
    : ((loaded?.cs.base ?? 0n) + offset) & ADDRESS_32
}

const long: Premise<Walking> = premise(
  'in-64-bit-mode',
  { holds: 'EFER.LMA and CS.L are set', fails: 'EFER.LMA or CS.L is clear' },
  cells => regimeIn(cells).mode === '64-bit',
  cells => ({ mode: regimeIn(cells).mode }),
)
const canonical: Premise<Walking> = premise(
  'canonical',
  {
    holds: 'the address is canonical: all bits above its width are as its top bit',
    fails: 'the address is not canonical: a bit above its width differs from its top bit',
  },
  cells => isCanonical(linear(cells), regimeIn(cells).width),
  cells => ({ la: linear(cells), width: regimeIn(cells).width }),
)
const withinLimit: Premise<Walking> = premise(
  'within-limit',
  {
    holds: 'the offset, not cut to 16 or 32 bits, is within the limit of CS',
    fails: 'the offset, not cut to 16 or 32 bits, is beyond the limit of CS',
  },
  cells => cells.walk.offset <= limitOf(cells),
  cells => ({ offset: cells.walk.offset, limit: limitOf(cells) }),
)
const inMode = (mode: Mode): Premise<Walking> =>
  premise(
    `mode-${mode}`,
    { holds: `the processor runs ${mode} code`, fails: `the processor does not run ${mode} code` },
    cells => regimeIn(cells).mode === mode,
    cells => ({ mode: regimeIn(cells).mode }),
  )

/** The bytes a chunk may have: to the end of the instruction's longest form, the page and the segment. */
const room = (cells: Walking): number => {
  const la = linear(cells)
  const page = PAGE - Number(la & 0xfffn)
  // A segment of 4 GiB has no end: offset and base may pass 2^32 within a page.
  const endless = regimeIn(cells).mode === '64-bit' || limitOf(cells) === ADDRESS_32
  const segment = endless ? PAGE : Number(limitOf(cells) - cells.walk.offset + 1n)
  return Math.min(MAX_INSTRUCTION - soFar(cells), page, segment)
}
/** The decoder asks for one byte first, and then for all that are missing. */
const needed = (cells: Walking): number => (soFar(cells) === 0 ? 1 : lengthOf(cells) - soFar(cells))

const roomy: Premise<Walking> = premise(
  'room-enough',
  {
    holds: 'the bytes that are needed end within segment and page',
    fails: 'the segment or the page ends before the bytes that are needed',
  },
  cells => room(cells) >= needed(cells),
  cells => ({ room: room(cells), needed: needed(cells) }),
)

const protectionFault = (cells: Walking): Cells =>
  over(cells, 'fault', null, null, { exception: { vector: '#GP', error: 0 } })

const go = (cells: Walking): Walking => onward(cells, { at: 'paging', la: linear(cells) })

/** From an offset to a linear address; what of the segment registers counts depends on the mode. */
const addresses: readonly Rule<Cells>[] = [
  at('window', {
    id: 'linear.long',
    says: 'In 64-bit mode the address is RIP; base and limit of CS do not count.',
    cites,
    when: [long, canonical],
    rewrite: go,
  }),
  at('window', {
    id: 'linear.non-canonical',
    kind: 'access',
    says: 'A non-canonical address is #GP(0).',
    cites,
    when: [long, not(canonical)],
    rewrite: protectionFault,
    notes: { omits: 'Linear-address masking is not applied to a fetch.' },
  }),
  at('window', {
    id: 'linear.beyond-limit',
    kind: 'access',
    says: 'An offset beyond the limit of CS is #GP(0): IP does not wrap.',
    cites,
    when: [not(long), not(withinLimit)],
    rewrite: protectionFault,
    notes: { variation: 'Whether EIP wraps at 4 GiB is up to the processor; KVM’s does not.' },
  }),
  at('window', {
    id: 'linear.limit-within',
    kind: 'access',
    says: 'A limit in the middle of an instruction is #GP(0) before the rest of it is translated.',
    cites,
    when: [not(long), withinLimit, not(roomy)],
    rewrite: protectionFault,
  }),
  ...(['real', 'virtual-8086', '16-bit', '32-bit', 'compatibility'] as const).map(mode =>
    at('window', {
      id: `linear.${mode}`,
      says: `In ${mode} code the address is base and offset added, and the sum wraps at 4 GiB.`,
      cites,
      when: [not(long), withinLimit, roomy, inMode(mode)],
      rewrite: go,
    }),
  ),
]

const complete: Premise<Walking> = premise(
  'complete',
  { holds: 'the decoder needs no byte beyond this page', fails: 'the decoder needs bytes beyond this page' },
  cells => soFar(cells) + room(cells) >= lengthOf(cells),
  cells => ({ sofar: soFar(cells), here: room(cells), needed: lengthOf(cells) }),
)

/** The bytes of this chunk: the whole window, which may be more than the instruction has. */
const withChunk = (cells: Walking): string => {
  const { gfn, la, bytes } = cells.walk
  const slot = target(cells) as Slot // mapped
  return bytes + load(cells.memory, hostPage(slot, gfn), Number(la & 0xfffn), room(cells))
}

/** The page that the bytes lie in, once it is known. */
const finalPage: readonly Rule<Cells>[] = [
  at('page', {
    id: 'fetch.bytes',
    kind: 'access',
    says: 'The bytes are read from any slot behind the page, read-only and internal ones too; a second page is not touched without need.',
    cites,
    when: [mapped, readable, complete],
    rewrite: cells => over(pageReached(cells), 'data', withChunk(cells).slice(0, 2 * lengthOf(cells))),
  }),
  at('page', {
    id: 'fetch.straddle',
    says: 'Bytes that the page does not have are fetched from the next linear address, by a translation of its own.',
    cites,
    when: [mapped, readable, not(complete)],
    rewrite: cells => {
      const { offset, lookups, tops } = cells.walk
      const bytes = withChunk(cells)
      return onward(pageReached(cells), {
        at: 'window',
        bytes,
        offset: offset + BigInt(room(cells)),
        lookups: lookups + 1,
        tops: tops === 'kept' ? 'unread' : tops,
      })
    },
  }),
  at('page', {
    id: 'fetch.no-slot',
    says: 'A fetch from a hole is not MMIO: emulation fails.',
    cites: [emulator, observed('Fetch from a hole')],
    when: [notMapped, not(byHardware)],
    rewrite: cells => onward(cells, { at: 'failed' }),
  }),
  at('page', {
    id: 'fetch.no-slot-hardware',
    says: 'Where the processor fetches, a hole is taken for a device: KVM emulates the instruction, and fetches it from its first byte.',
    cites: [linux('arch/x86/kvm/mmu/mmu.c', 'kvm_handle_noslot_fault, kvm_mmu_page_fault'), emulator],
    when: [notMapped, byHardware],
    rewrite: emulated,
  }),
  at('page', {
    id: 'fetch.page-bad-hva',
    says: 'To the emulator a page that the host cannot read is as a hole: emulation fails.',
    cites: [emulator],
    when: [mapped, not(readable), not(byHardware)],
    rewrite: cells => onward(cells, { at: 'failed' }),
  }),
  at('page', {
    id: 'fetch.page-bad-hva-hardware',
    says: 'Where the processor fetches, a page that the host cannot read ends KVM_RUN with EFAULT.',
    cites: [linux('arch/x86/kvm/mmu/mmu.c', 'kvm_handle_error_pfn')],
    kind: 'access',
    when: [mapped, not(readable), byHardware],
    rewrite: badHva,
  }),
]

export const windowRules: readonly Rule<Cells>[] = [...addresses, ...finalPage]
