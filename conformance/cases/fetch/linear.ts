import { u64 } from '../../../spec/terms/numbers.js'
import type { Operation, RegistersCall } from '../../../spec/terms/operation.js'
import { HOST, set } from '../draft/calls.js'
import { CODE, fetch, poke, registers } from '../draft/fetch-layout.js'
import type { Exhaustive } from '../exhaustive/exhaustive.js'
import { listed, type Short } from '../exhaustive/listed.js'

const MODES = ['real', 'virtual-8086', '16-bit', '32-bit', 'compatibility', '64-bit', '64-bit-la57'] as const
type Mode = (typeof MODES)[number]

/** Registers of a mode: without paging where the mode allows it, else with a root table that is empty. */
const inMode = (mode: Mode): RegistersCall => {
  const off = registers('none', { nxe: false })
  switch (mode) {
    case 'real':
      return { ...off, cr0: u64(0), cs: { ...off.cs, d: false } }
    case 'virtual-8086':
      return { ...off, rflags: u64(0x20002), cpl: 3, cs: { ...off.cs, d: false } }
    case '16-bit':
      return { ...off, cs: { ...off.cs, d: false } }
    case '32-bit':
      return off
    case 'compatibility':
      return registers('4-level', { compatibility: true })
    case '64-bit':
      return registers('4-level')
    case '64-bit-la57':
      return registers('5-level')
  }
}

const BASES = [0n, 0x10n, 0xffff0n, 0xffff_0000n, 0xffff_fff8n, 0x1_0000_0000n]
const LIMITS = [0, 0xe, 0xf, 0x10, 0xffff, 0x1_000f, 0xffff_ffff]
const OFFSETS = [
  ...[0n, 0xfn, 0x10n, 0xfff5n, 0xffffn, 0x1_0000n, 0x1_000fn, 0xffff_fff8n, 0xffff_ffffn, 0x1_0000_0000n],
  ...[0x7fff_ffff_fff8n, 0x8000_0000_0000n, 0xffff_7fff_ffff_ffffn, 0xffff_8000_0000_0000n],
  ...[0xff_ffff_ffff_fff8n, 0x100_0000_0000_0000n, 0xff00_0000_0000_0000n, 0xffff_ffff_ffff_fff8n],
]
const LENGTHS = [1, 2, 9, 15]

/** Memory where the addresses of small bases and offsets lead, and where the sum wraps. */
const setup: readonly Operation[] = [
  { op: 'create-vcpu', vcpu: 0 },
  set({ id: 1, base: 0, npages: 0x120, hva: HOST }),
  set({ id: 2, base: 0xffff0, npages: 16, hva: HOST + 0x200 }),
  ...CODE,
  poke(HOST, 0, '00112233445566778899aabbccddeeff102132'),
  poke(HOST + 0x20f, 0xff0, 'f0f1f2f3f4f5f6f7f8f9fafbfcfdfeff'),
]

const all = function* (mode: Mode): Generator<() => Short> {
  const wide = mode.startsWith('64-bit')
  const bases = wide ? [0n, 0xffff_0000n] : BASES
  const limits = wide ? [0, 0xffff_ffff] : LIMITS
  const image = inMode(mode)
  for (const base of bases)
    for (const limit of limits)
      for (const offset of OFFSETS)
        for (const length of LENGTHS)
          yield () => ({
            id: `base-${base.toString(16)}/limit-${limit.toString(16)}/rip-${offset.toString(16)}/length-${length}`,
            ops: [{ ...image, cs: { ...image.cs, base: u64(base), limit } }, fetch(offset, length)],
          })
}

/** From an offset to a linear address: base, limit, canonical form and wrap, by mode. */
export const linear: readonly Exhaustive[] = MODES.map(mode =>
  listed({
    name: `fetch/linear/${mode}`,
    says: `offsets around every edge of base, limit and address width, in ${mode} code`,
    cites: ['x86-fetch.md 1.2-1.4'],
    config: {},
    setup,
    cases: () => all(mode),
  }),
)
