import {
  CR0_WP,
  CR4_PAE,
  CR4_PKE,
  CR4_PSE,
  CR4_SMAP,
  CR4_SMEP,
  EFER_LMA,
  EFER_NXE,
  type Paging,
  type Processor,
  pagingOf,
  type Registers,
  RFLAGS_AC,
} from './registers.js'
import { reservedBits } from './reserved.js'

/** What an access is for. */
export const READ = 0
export const WRITE = 1
export const FETCH = 2
export type Use = typeof READ | typeof WRITE | typeof FETCH

/** Bits of an error code (Intel SDM vol. 3, figure 4-12). */
export const PF_PRESENT = 1
export const PF_WRITE = 2
export const PF_USER = 4
export const PF_RESERVED = 8
export const PF_FETCH = 16
export const PF_KEY = 32

/** How addresses are translated with some registers; computed once when they are loaded. */
export interface Regime {
  readonly paging: Paging
  /**
   * The level of the first table that a walk reads; with PAE that of page directories, since PDPTEs are in registers.
   */
  readonly top: number
  /** The frame of that table; with PAE, of the PDPTEs. */
  readonly root: number
  /** For level l and page-size bit p, words 4l + 2p (low) and 4l + 2p + 1 (high): bits that must be clear. */
  readonly reserved: Int32Array
  /** Whether the fast walk can be tried: long mode, and a root frame below 2³¹. */
  readonly fast: boolean
  /** Bits of an entry's upper word that stop the fast walk: reserved ones, and those of frames from 2³¹ on. */
  readonly stopHigh: number
  /** Bits of the lower word that stop it in tables of levels 4 and 5. */
  readonly stopTop: number
  /** Whether bit 7 of a directory entry makes a page. */
  readonly large: boolean
  /** By use: bit r is set where rights r (writable 1, user 2, no-execute 4) refuse it. */
  readonly refused: Int32Array
  /** By use: bit k is set where protection key k refuses it to a user's page; 0 where keys are not in use. */
  readonly keys: Int32Array
  /** By use: the bits that every error code has. */
  readonly errors: Int32Array
}

/** Frame bits of an entry's upper word that make a frame of 2³¹ or more. */
const FAR = 0xff800

export function regimeOf(processor: Processor, r: Registers): Regime {
  const paging = pagingOf(r)
  const root = rootOf(processor, paging, r.cr3)
  const reserved = reservedBits(processor, paging, (r.efer & EFER_NXE) !== 0, (r.cr4 & CR4_PSE) !== 0)
  return {
    paging,
    top: { none: 0, '32-bit': 2, pae: 2, '4-level': 4, '5-level': 5 }[paging],
    root,
    fast: (r.efer & EFER_LMA) !== 0 && root < 2 ** 31,
    reserved,
    stopHigh: reserved[5]! | FAR,
    stopTop: reserved[16]!,
    large: paging !== '32-bit' || (r.cr4 & CR4_PSE) !== 0,
    refused: refusals(r),
    keys: keyRefusals(r),
    errors: errorBits(processor, r),
  }
}

/** The frame at CR3: of the bits that the mode uses (fetch-path.md, Registers that a mode does not use). */
function rootOf(processor: Processor, paging: Paging, cr3: bigint): number {
  if (paging === 'pae') return frameOfPdptes(processor, cr3)
  return Number((cr3 >> 12n) & (paging === '32-bit' ? 0xf_ffffn : 0xff_ffff_ffffn))
}

/** Where PAE's PDPTEs are: by the manual bits 63:32 of CR3 are ignored, but KVM shifts the whole register. */
export function frameOfPdptes({ byTheBook }: Processor, cr3: bigint): number {
  return Number(byTheBook ? (cr3 >> 12n) & 0xf_ffffn : cr3 >> 12n)
}

/** For each use a bit for each of the eight combinations of rights. */
function refusals(r: Registers): Int32Array {
  const user = r.cpl === 3
  const refused = new Int32Array(3)
  for (let rights = 0; rights < 8; rights++) {
    const writable = (rights & 1) !== 0
    const ofUser = (rights & 2) !== 0
    const noExecute = (rights & 4) !== 0
    const supervisorPage = user && !ofUser
    const smap = !user && ofUser && (r.cr4 & CR4_SMAP) !== 0 && (r.rflags & RFLAGS_AC) === 0
    const smep = !user && ofUser && (r.cr4 & CR4_SMEP) !== 0
    const protectedFrom = !writable && (user || (r.cr0 & CR0_WP) !== 0)
    if (supervisorPage || smap) refused[READ]! |= 1 << rights
    if (supervisorPage || smap || protectedFrom) refused[WRITE]! |= 1 << rights
    if (supervisorPage || noExecute || smep) refused[FETCH]! |= 1 << rights
  }
  return refused
}

/**
 * What protection keys refuse (Intel SDM vol. 3, 4.6.2): AD both reading and writing, WD writing, which a supervisor may
 * without CR0.WP. In use with CR4.PKE in long mode; never asked of a fetch.
 */
function keyRefusals(r: Registers): Int32Array {
  const keys = new Int32Array(3)
  if ((r.cr4 & CR4_PKE) === 0 || (r.efer & EFER_LMA) === 0) return keys
  const pkru = r.pkru ?? 0
  const heedsWd = r.cpl === 3 || (r.cr0 & CR0_WP) !== 0
  for (let key = 0; key < 16; key++) {
    const ad = (pkru >>> (2 * key)) & 1
    const wd = (pkru >>> (2 * key + 1)) & 1
    keys[READ]! |= ad << key
    keys[WRITE]! |= (heedsWd ? ad | wd : ad) << key
  }
  return keys
}

/** Whether a key refuses a use of a page. @param rights writable 1, user 2 @param high the upper word of its last entry */
export function isKeyRefused({ keys }: Regime, use: Use, rights: number, high: number): boolean {
  return (rights & 2) !== 0 && ((keys[use]! >>> ((high >>> 27) & 15)) & 1) !== 0
}

/**
 * The fetch bit is set if NX or SMEP is on, whatever the cause; KVM's walker does not ask for PAE (fetch-path.md, The
 * walk).
 */
function errorBits(processor: Processor, r: Registers): Int32Array {
  const user = r.cpl === 3 ? PF_USER : 0
  const nx = (r.efer & EFER_NXE) !== 0 && (!processor.byTheBook || (r.cr4 & CR4_PAE) !== 0)
  const fetch = nx || (r.cr4 & CR4_SMEP) !== 0 ? PF_FETCH : 0
  return Int32Array.of(user, user | PF_WRITE, user | fetch)
}
