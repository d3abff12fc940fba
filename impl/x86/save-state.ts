import { requireU32 } from '../base/domain.js'
import { DEVICE, locateToWrite, type NO_MEMORY } from './data.js'
import { NO_SLOT } from './locate.js'
import { type Mmu, OK, type RETRY } from './mmu.js'
import {
  CR0_EM,
  CR0_PE,
  CR0_PG,
  CR0_TS,
  EFER_LMA,
  EFER_LME,
  type Registers,
  RFLAGS_FIXED,
} from './registers.js'
import { BLOCKED, FOUND, placeIn } from './section.js'

/** Registers cannot be saved or read back: the page is in no slot, or read-only, or the host has no right to it. */
export const UNSAVED = DEVICE

/**
 * The state that an SMI saves, as a processor with long mode lays it out (AMD64 manual vol. 2, table 10-1): 512 bytes
 * at SMBASE + 0xfe00, in the space of SMM. What follows are offsets from SMBASE + 0xfe00.
 */
const FROM_SMBASE = 0xfe00
const BYTES = 512
const CS = 0x10
const SS = 0x20
const EFER = 0xd0
const REVISION = 0xfc
const SMBASE = 0x100
const CR4 = 0x148
const CR3 = 0x150
const CR0 = 0x158
const RFLAGS = 0x170
/** In a segment: attributes, limit, base. */
const ATTRIBUTES = 2
const LIMIT = 4
const BASE = 8

/** Attributes: present, and no system segment; its privilege level; 64-bit code; 32-bit code. */
const PRESENT = 0x90
const LEVEL_SHIFT = 5
const LONG = 1 << 13
const BIG = 1 << 14
const REVISION_64 = 0x2_0064

/** Requires that what is saved lies in one page. @throws RangeError */
export function requireSmbase(smbase: number): void {
  requireU32('smbase', smbase)
  if (smbase % 4096 !== 0) throw new RangeError(`smbase must be a multiple of 4096, not ${smbase}`)
}

const gfnOf = (smbase: number) => Math.floor((smbase + FROM_SMBASE) / 4096)
const viewAt = (mmu: Mmu, place: number) => {
  const { bytes } = mmu.pages
  return new DataView(bytes.buffer, bytes.byteOffset + place + (FROM_SMBASE & 4095), BYTES)
}

/** Saves registers, in the held set, and marks the page. @param smbase a multiple of 4096 below 2³² */
export function saveState(
  mmu: Mmu,
  smbase: number,
  r: Registers,
): typeof OK | typeof RETRY | typeof UNSAVED | typeof NO_MEMORY {
  const found = locateToWrite(mmu, gfnOf(smbase))
  if (found !== OK) return found
  const view = viewAt(mmu, mmu.place)
  for (let at = 0; at < BYTES; at += 4) view.setUint32(at, 0)
  const attributes = PRESENT | (r.cpl << LEVEL_SHIFT)
  view.setUint16(SS + ATTRIBUTES, attributes, true)
  view.setUint16(CS + ATTRIBUTES, attributes | (r.cs.long ? LONG : 0) | (r.cs.big === true ? BIG : 0), true)
  view.setUint32(CS + LIMIT, r.cs.limit, true)
  view.setBigUint64(CS + BASE, r.cs.base, true)
  view.setUint32(EFER, r.efer, true)
  view.setUint32(REVISION, REVISION_64, true)
  view.setUint32(SMBASE, smbase, true)
  view.setUint32(CR4, r.cr4, true)
  view.setBigUint64(CR3, r.cr3, true)
  view.setUint32(CR0, r.cr0, true)
  view.setUint32(RFLAGS, r.rflags, true)
  mmu.section.mark(mmu.slot.number, mmu.gfn - mmu.slot.base)
  return OK
}

const saved = new Uint8Array(BYTES)

/** Reads the saved state from memory, in the held set; `savedRegisters` decodes it. */
export function readState(mmu: Mmu, smbase: number): typeof OK | typeof RETRY | typeof UNSAVED {
  const gfn = gfnOf(smbase)
  const found = mmu.lookUp(gfn, false)
  if (found === BLOCKED) return mmu.blocked(gfn)
  if (found !== FOUND || mmu.denied(gfn, false)) return NO_SLOT
  const place = placeIn(mmu.slot, gfn, mmu.pages) + (FROM_SMBASE & 4095)
  saved.set(mmu.pages.bytes.subarray(place, place + BYTES))
  return OK
}

/** The registers of the state read last; null if they have bits that no register has. Combinations are not checked. */
export function savedRegisters(): Registers | null {
  const view = new DataView(saved.buffer)
  const narrow = [CR0, CR4, EFER].every(at => view.getUint32(at + 4, true) === 0)
  if (!narrow) return null
  const attributes = view.getUint16(CS + ATTRIBUTES, true)
  const cr0 = view.getUint32(CR0, true)
  const efer = view.getUint32(EFER, true)
  const isActive = (cr0 & CR0_PG) !== 0 && (efer & EFER_LME) !== 0
  return {
    cr0,
    cr3: view.getBigUint64(CR3, true),
    cr4: view.getUint32(CR4, true),
    // LMA is no bit that is restored: the processor sets it with paging.
    efer: (isActive ? efer | EFER_LMA : efer & ~EFER_LMA) >>> 0,
    rflags: (view.getUint32(RFLAGS, true) | RFLAGS_FIXED) >>> 0,
    cpl: (view.getUint16(SS + ATTRIBUTES, true) >>> LEVEL_SHIFT) & 3,
    cs: {
      base: view.getBigUint64(CS + BASE, true),
      limit: view.getUint32(CS + LIMIT, true),
      long: (attributes & LONG) !== 0,
      big: (attributes & BIG) !== 0,
    },
  }
}

/** What an SMI leaves in the registers, but for PKRU, which stays: real mode, all of memory, and the handler 32 KiB above SMBASE. */
export function handlerRegisters({ cr0, cr3, pkru }: Registers, smbase: number): Registers {
  return {
    cr0: (cr0 & ~(CR0_PE | CR0_EM | CR0_TS | CR0_PG)) >>> 0,
    cr3,
    cr4: 0,
    efer: 0,
    rflags: RFLAGS_FIXED,
    cpl: 0,
    cs: { base: BigInt(smbase), limit: 0xffff_ffff, long: false, big: false },
    pkru,
  }
}
