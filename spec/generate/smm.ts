import type { Cells, Vcpu } from '../terms/cells.js'
import { store } from '../terms/memory.js'
import { hvaPage, SMM, type U64, u64 } from '../terms/numbers.js'
import type { Loaded } from '../terms/paging/loaded.js'
import { defaultCpu } from '../terms/paging/registers.js'
import { handlerState, SAVE_STATE, saveState } from '../terms/paging/save-state.js'
import { endOf } from '../terms/slot.js'
import { slotAt } from '../terms/space.js'
import { below, chance, pick, type Random } from './random.js'

/** How far above SMBASE the page of the save state is, in frames. */
const AHEAD = SAVE_STATE >> 12

/** Frames end here for SMBASE, which has 32 bits. */
const END = 2 ** 20

/** An SMBASE whose save state lies in a slot of SMM's space, if there is one so high. */
export const someSmbase = (r: Random, { spaces }: Pick<Cells, 'spaces'>): U64 => {
  const slots = (spaces[SMM]?.slots ?? []).filter(slot => endOf(slot) > AHEAD && slot.base < END)
  if (slots.length === 0 || chance(r, 0.1)) return u64(pick(r, [0, 0x3_0000, 0xffff_f000]))
  return u64(Math.max(pick(r, slots).base - AHEAD, 0) * 4096)
}

/** CR0, CR4 and EFER of the modes, and of two that no processor has. */
const MODES = [
  [0x1, 0, 0],
  [0x8000_0001, 0x10, 0],
  [0x8000_0001, 0x20, 0],
  [0x8000_0001, 0x20, 0x500],
] as const
const IMPOSSIBLE = [
  [0x8000_0000, 0, 0],
  [0x8000_0001, 0, 0x500],
] as const

const imageOf = (r: Random, [cr0, cr4, efer]: readonly [number, number, number]): Loaded => ({
  cr0: u64(cr0),
  cr3: u64(below(r, 40) * 4096),
  cr4: u64(cr4),
  efer: u64(efer),
  rflags: u64(2),
  cpl: 0,
  cs: { base: u64(0), limit: 0xffff_ffff, d: true, l: false },
  cpu: defaultCpu,
  pkru: u64(0),
  pdptes: [],
})

/** The machine with registers in some of its vCPUs, and for some of those in SMM a save state in memory. */
export const withRegisters = (r: Random, cells: Cells): Cells => {
  let { memory } = cells
  const vcpus = cells.vcpus.map((vcpu): Vcpu => {
    if (chance(r, 0.3)) return vcpu
    // By its number, so that what else is drawn does not depend on it.
    const queued = vcpu.id === 1 ? { queued: { vector: '#UD' } as const } : {}
    const image = imageOf(r, pick(r, MODES))
    if (vcpu.space !== SMM || chance(r, 0.1)) return { ...vcpu, image, ...queued }
    const smbase = someSmbase(r, cells)
    const gfn = Number(smbase >> 12n) + AHEAD
    const slot = slotAt(cells.spaces[SMM] ?? { slots: [], swaps: 0 }, gfn)
    if (slot !== null) {
      const standing = chance(r, 0.4) ? imageOf(r, pick(r, IMPOSSIBLE)) : image
      memory = store(
        memory,
        hvaPage(slot.hva + gfn - slot.base),
        SAVE_STATE & 4095,
        saveState(standing, smbase),
      )
    }
    return { ...vcpu, image: handlerState(image, smbase), smbase, ...queued }
  })
  return { ...cells, vcpus, memory }
}
