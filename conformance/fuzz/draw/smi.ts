import { below, chance, pick } from '../../../spec/generate/random.js'
import { toBytes } from '../../../spec/terms/memory.js'
import { SMM, u64 } from '../../../spec/terms/numbers.js'
import type { EnterSmmCall, PokeCall, RsmCall } from '../../../spec/terms/operation.js'
import { SAVE_STATE } from '../../../spec/terms/paging/save-state.js'
import { slotAt } from '../../../spec/terms/space.js'
import type { Maker } from './drawing.js'

/** How far after SMBASE the page of the save state is, in frames. */
const AHEAD = SAVE_STATE >> 12

/** An SMI that saves registers, in a slot of SMM, at its edge or beside it; RSM of a vCPU in SMM. */
export const smi: Maker<EnterSmmCall | RsmCall> = ({ r, cells }) => {
  if (cells.vcpus.length === 0) return null
  const { id: vcpu, space, image } = pick(r, cells.vcpus)
  if (space === SMM) return { op: 'rsm', vcpu }
  const slots = cells.spaces[SMM]?.slots ?? []
  if ((image === undefined || slots.length === 0) && chance(r, 0.9)) return null
  const near = pick(r, [0, 0, 0, 0, 0, 1, -1])
  const frame = slots.length === 0 ? below(r, 0x100) : pick(r, slots).base + near
  const base = Math.min(Math.max(frame - AHEAD, 0), 0xf_ffff)
  return { op: 'enter-smm', vcpu, smbase: u64(base * 4096) }
}

/** Offsets in the save state: EFER first, CR0 last of what is written over. */
const [EFER, CR4, CR3, CR0, BEHIND] = [0xd0, 0x148, 0x150, 0x158, 0x160] as const

/** EFER, CR4 and CR0 of modes, PAE most, and of what is none. */
const STATES = [
  [0, 0x20, 0x8000_0001],
  [0x800, 0x20, 0x8000_0001],
  [0x100, 0x20, 0x8000_0001],
  [0x500, 0x1020, 0x8000_0001],
  [0, 0, 1],
  [0, 0x20, 0x8000_0000],
  [0, 0x1020, 0x8000_0000],
  [0, 0, 0x8000_0000],
  [0x100, 0x10, 0x8000_0001],
] as const

/** The handler makes other registers of those that were saved, for RSM to restore: possible ones or not. */
export const patchSaved: Maker<PokeCall> = ({ r, cells }) => {
  const inside = cells.vcpus.filter(({ smbase }) => smbase !== undefined)
  if (inside.length === 0) return null
  const frame = Number((pick(r, inside).smbase ?? 0n) >> 12n) + AHEAD
  const slot = slotAt(cells.spaces[SMM] ?? { slots: [], swaps: 0 }, frame)
  if (slot === null) return null
  const view = new DataView(new ArrayBuffer(BEHIND - EFER))
  const [efer, cr4, cr0] = pick(r, STATES)
  view.setUint32(0, efer, true)
  view.setUint32(CR4 - EFER, cr4, true)
  view.setUint32(CR3 - EFER, pick(r, [below(r, 0x40), 0xf_ffff]) * 4096, true)
  view.setUint32(CR0 - EFER, cr0, true)
  const hva = (slot.hva + frame - slot.base) * 4096 + (SAVE_STATE & 4095) + EFER
  return { op: 'poke', hva: u64(hva), data: toBytes(new Uint8Array(view.buffer)) }
}
