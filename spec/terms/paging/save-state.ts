import { type Bytes, fromBytes, toBytes } from '../memory.js'
import { type U64, u64 } from '../numbers.js'
import * as b from './bits.js'
import type { Loaded } from './loaded.js'
import type { RegisterImage } from './registers.js'

/** The 512 bytes from SMBASE + 0xfe00 on in which a processor with long mode keeps its state while it is in SMM. */
export const SAVE_STATE = 0xfe00
export const SAVE_STATE_BYTES = 512
/** Where the handler begins, from SMBASE on. */
export const HANDLER = 0x8000

type Field = readonly [offset: number, size: 2 | 4 | 8]
/** Fields by their offset in it (AMD64 manual vol. 2, table 10-1; `struct kvm_smram_state_64`). */
const FIELD = {
  csAttributes: [0x12, 2],
  csLimit: [0x14, 4],
  csBase: [0x18, 8],
  ssAttributes: [0x22, 2],
  efer: [0xd0, 8],
  revision: [0xfc, 4],
  smbase: [0x100, 4],
  cr4: [0x148, 8],
  cr3: [0x150, 8],
  cr0: [0x158, 8],
  rflags: [0x170, 4],
} as const satisfies Readonly<Record<string, Field>>

const REVISION = 0x2_0064n
/** Segment attributes: bits 8 to 23 of a descriptor's upper word, without its limit. */
const CODE_OR_DATA = 1n << 4n
const PRIVILEGE = 5n
const PRESENT = 1n << 7n
const LONG = 1n << 13n
const WIDE = 1n << 14n
const RFLAGS_FIXED = 2n

/** The bytes that an SMI saves; registers that this specification does not have are zero in them. */
export const saveState = ({ cr0, cr3, cr4, efer, rflags, cpl, cs }: Loaded, smbase: U64): Bytes => {
  const bytes = new Uint8Array(SAVE_STATE_BYTES)
  const view = new DataView(bytes.buffer)
  const put = ([offset, size]: Field, value: bigint): void => {
    if (size === 2) view.setUint16(offset, Number(value), true)
    else if (size === 4) view.setUint32(offset, Number(value), true)
    else view.setBigUint64(offset, value, true)
  }
  const segment = CODE_OR_DATA | PRESENT | (BigInt(cpl) << PRIVILEGE)
  put(FIELD.csAttributes, segment | (cs.l ? LONG : 0n) | (cs.d ? WIDE : 0n))
  put(FIELD.csLimit, BigInt(cs.limit))
  put(FIELD.csBase, cs.base)
  put(FIELD.ssAttributes, segment)
  put(FIELD.efer, efer)
  put(FIELD.revision, REVISION)
  put(FIELD.smbase, smbase)
  put(FIELD.cr4, cr4)
  put(FIELD.cr3, cr3)
  put(FIELD.cr0, cr0)
  put(FIELD.rflags, rflags)
  return toBytes(bytes)
}

/**
 * The registers that such bytes restore, whether or not a processor can have them. The CPL is SS's privilege level;
 * EFER.LMA follows from CR0.PG and EFER.LME, whatever was saved; bit 1 of RFLAGS is always set.
 */
export const restoredState = (saved: Bytes): RegisterImage => {
  const view = new DataView(fromBytes(saved).buffer)
  const get = ([offset, size]: Field): bigint =>
    size === 2
      ? BigInt(view.getUint16(offset, true))
      : size === 4
        ? BigInt(view.getUint32(offset, true))
        : view.getBigUint64(offset, true)
  const cr0 = get(FIELD.cr0)
  const efer = get(FIELD.efer) & ~b.EFER_LMA
  const active = (cr0 & b.CR0_PG) !== 0n && (efer & b.EFER_LME) !== 0n
  const attributes = get(FIELD.csAttributes)
  return {
    cr0: u64(cr0),
    cr3: u64(get(FIELD.cr3)),
    cr4: u64(get(FIELD.cr4)),
    efer: u64(active ? efer | b.EFER_LMA : efer),
    rflags: u64(get(FIELD.rflags) | RFLAGS_FIXED),
    cpl: Number((get(FIELD.ssAttributes) >> PRIVILEGE) & 3n),
    cs: {
      base: u64(get(FIELD.csBase)),
      limit: Number(get(FIELD.csLimit)),
      d: (attributes & WIDE) !== 0n,
      l: (attributes & LONG) !== 0n,
    },
  }
}

/** What an SMI leaves in the registers, but for PKRU, which it does not touch: real mode, with the code segment at SMBASE and without a limit. */
export const handlerState = ({ cr0, cr3, cpu, pkru }: Loaded, smbase: U64): Loaded => ({
  cr0: u64(cr0 & ~(b.CR0_PE | b.CR0_EM | b.CR0_TS | b.CR0_PG)),
  cr3,
  cr4: u64(0),
  efer: u64(0),
  rflags: u64(RFLAGS_FIXED),
  cpl: 0,
  cs: { base: smbase, limit: 0xffff_ffff, d: false, l: false },
  cpu,
  pkru,
  pdptes: [],
  withoutHandlers: true,
})
