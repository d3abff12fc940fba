import { Machine } from '../machine.js'
import { limitsOf, type VmOptions } from '../options.js'
import { claimVcpu } from '../readers/claim.js'
import { Vm } from '../vm.js'
import { Mmu } from './mmu.js'
import { regimeOf, type Use } from './regime.js'
import { DEFAULT_PROCESSOR, type Processor, type Registers } from './registers.js'
import { VcpuSection } from './vcpu-section.js'
import { walk } from './walk.js'

export const PG = 0x8000_0001
export const [PAE, PSE, LA57, SMEP, SMAP] = [1 << 5, 1 << 4, 1 << 12, 1 << 20, 1 << 21]
export const [LME, LMA, NXE] = [1 << 8, 1 << 10, 1 << 11]
export const [P, W, U, A, D, PS] = [1n, 2n, 4n, 32n, 64n, 128n]
export const NX = 1n << 63n
/** An entry that lets everything through and needs no update. */
export const OPEN = P | W | U | A | D

export const FLAT = { base: 0n, limit: 0xffff_ffff, long: false }

const MODES = {
  none: { cr0: 1, cr4: 0, efer: 0 },
  '32-bit': { cr0: PG, cr4: PSE, efer: 0 },
  pae: { cr0: PG, cr4: PAE, efer: NXE },
  '4-level': { cr0: PG, cr4: PAE, efer: NXE | LME | LMA },
  '5-level': { cr0: PG, cr4: PAE | LA57, efer: NXE | LME | LMA },
} as const
export type Mode = keyof typeof MODES

/** Registers of a mode at CPL 0, with everything else as given. */
export const registers = (mode: Mode, change: Partial<Registers> = {}): Registers => ({
  ...MODES[mode],
  cr3: 0n,
  rflags: 2,
  cpl: 0,
  cs: { ...FLAT, long: mode === '4-level' || mode === '5-level' },
  ...change,
})

/** A VM with vCPU 0 and one logged slot: frames 0 to 255, host pages from 0x7f12345f0 on. */
export const guest = (options: VmOptions = {}) => {
  const machine = Machine.create(limitsOf(options))
  const vm = new Vm(machine)
  vm.createVcpu(0)
  const bytes = (pages: number) => BigInt(pages) << 12n
  const slot = (id: number, gfn: number, npages: number, hva: number, flags = 1, as = 0) =>
    vm.setRegion({ as, id, gpa: bytes(gfn), size: bytes(npages), hva: bytes(hva), flags })
  slot(0, 0, 256, HOST)
  const hostOf = (gfn: number) => bytes(HOST + gfn)
  const poke = (gfn: number, offset: number, value: bigint, size = 8) => {
    const data = new Uint8Array(8)
    new DataView(data.buffer).setBigUint64(0, value, true)
    vm.poke({ hva: hostOf(gfn) + BigInt(offset), data: data.subarray(0, size) })
  }
  const peek = (gfn: number, offset: number, size = 8): bigint => {
    const data = new Uint8Array(8)
    data.set(vm.peek({ hva: hostOf(gfn) + BigInt(offset), size }))
    return new DataView(data.buffer).getBigUint64(0, true)
  }
  const mmu = (r: Registers, processor: Processor = DEFAULT_PROCESSOR) => {
    const section = new VcpuSection(machine, claimVcpu(machine, 0))
    return new Mmu(machine.memory.pages, section, regimeOf(processor, r), machine.limits.slotLimit)
  }
  const dirty = () => {
    const log = vm.getDirtyLog({ as: 0, id: 0 })
    return 'pages' in log ? log.pages : log
  }
  const hostPage = (gfn: number) => HOST + gfn
  return { machine, vm, hostPage, slot, poke, peek, mmu, dirty }
}
export type Guest = ReturnType<typeof guest>
export const HOST = 0x7_f123_45f0

/** How a walk in a section of its own ends: what it does, and the frame or error code. */
export const walked = (
  mmu: Mmu,
  address: bigint,
  use: Use,
): { readonly gfn: number } | { readonly error: number } => {
  mmu.enter()
  const high = Number(BigInt.asIntN(32, address >> 32n))
  const low = Number(BigInt.asIntN(32, address))
  const end = walk(mmu, high, low, use)
  mmu.section.leave()
  if (end === 2) throw new Error(`frame ${mmu.blockedFrame} is blocked`)
  return end === 0 ? { gfn: mmu.gfn } : { error: mmu.error }
}
