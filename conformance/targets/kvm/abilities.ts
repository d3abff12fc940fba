import { existsSync } from 'node:fs'
import { release } from 'node:os'
import type { Config } from '../../../oracle/wire/config.js'
import { KERNEL_NAMES, type KernelName } from '../../../spec/terms/kernels.js'
import type { U64 } from '../../../spec/terms/numbers.js'
import { u64 } from '../../../spec/terms/numbers.js'
import type { Feature } from '../features.js'
import type { Hello } from '../target.js'
import { extension, spacesOf } from './capabilities.js'
import { CAP, IOCTL } from './constants.js'
import { createVm, type Device } from './device.js'
import { areWalksEmulated, hasSecondStage, WALKED_BY_QEMU } from './emulated-processor.js'
import { PAGING } from './guest/linear.js'
import type { By, GuestAbilities, KindOfCode, Paths } from './guest/paths.js'
import { writeEnableCap, writeRegion } from './layout.js'
import { hasThreads } from './threads/run-threads.js'

/** `MAX_BITS`: `kvm_mmu_max_gfn` under shadow paging; host MAXPHYADDR under two-dimensional paging is never more. */
const MAX_BITS = 52
const MIN_BITS = 32

/**
 * The last frame a slot may cover: 2^(bits-12) - 1 with `bits` = 52 under shadow paging and the host's MAXPHYADDR under
 * two-dimensional paging. Which of them holds cannot be asked, so it is found by trying the last page below each limit
 * on the idle VM, from the top.
 */
const findMaxGfn = ({ kernel, idleVm, arena }: Device): number => {
  const set = (gpa: U64, size: bigint): number => {
    writeRegion(arena.view, { op: 'set', as: 0, id: 0, gpa, size: u64(size), hva: u64(0), flags: 0 })
    return kernel.ioctl(idleVm, IOCTL.setUserMemoryRegion, arena.argument)
  }
  for (let bits = MAX_BITS; bits > MIN_BITS; bits--) {
    const gpa = u64((1n << BigInt(bits)) - 4096n)
    if (set(gpa, 4096n) < 0) continue
    set(gpa, 0n)
    return 2 ** (bits - 12) - 1
  }
  return 2 ** (MIN_BITS - 12) - 1
}

/** Where user addresses end, with five levels of tables and with four; the page below is tried. */
const USER_ENDS = [(1n << 56n) - 4096n, (1n << 47n) - 4096n] as const

const findHvaLimit = ({ kernel, idleVm, arena }: Device): U64 => {
  const found = USER_ENDS.find(end => {
    const slot = {
      op: 'set',
      as: 0,
      id: 0,
      gpa: u64(0),
      size: u64(4096),
      hva: u64(end - 4096n),
      flags: 0,
    } as const
    writeRegion(arena.view, slot)
    if (kernel.ioctl(idleVm, IOCTL.setUserMemoryRegion, arena.argument) < 0) return false
    writeRegion(arena.view, { ...slot, size: u64(0) })
    kernel.ioctl(idleVm, IOCTL.setUserMemoryRegion, arena.argument)
    return true
  })
  return u64(found ?? USER_ENDS[1])
}

/** Intel's PML has a buffer of 512 entries, which a dirty ring reserves besides its own 64. */
const RESERVED = 64
const RESERVED_WITH_PML = RESERVED + 512

/** Entries of a dirty ring that are reserved: with PML a page has no room for them, which a VM of its own is asked. */
const findRingReserved = (device: Device): number => {
  const { kernel, arena } = device
  const fd = createVm(device)
  if (fd < 0) return RESERVED
  writeEnableCap(arena.view, { op: 'enable-cap', cap: 'dirty-log-ring', flags: 0, args: [u64(4096)] })
  const fits = kernel.ioctl(fd, IOCTL.enableCap, arena.argument) >= 0
  kernel.close(fd)
  return fits ? RESERVED : RESERVED_WITH_PML
}

/** What is not asked there, and why: fetches, which no prefix makes KVM's, or everything where there is no prefix. */
const lacksOf = (guests: GuestAbilities | null): Pick<Hello, 'lacks'> => {
  if (!areWalksEmulated()) return {}
  return { lacks: { [guests?.forces === true ? 'fetch-instruction' : 'fetch-path']: WALKED_BY_QEMU } }
}

/** The features that this kernel lets the target offer, in alphabetical order. */
const featuresOf = (device: Device, guests: GuestAbilities | null): readonly Feature[] => {
  const has = (cap: number) => extension(device, cap) > 0
  const runs = guests !== null
  const paths = [...(guests?.paths.values() ?? [])]
  const offered: readonly (readonly [Feature, boolean])[] = [
    ['bad-pointer', true],
    ['dirty-log', has(CAP.manualDirtyLogProtect2)],
    ['dirty-ring', has(CAP.dirtyLogRing)],
    ['fetch-path', runs && (!areWalksEmulated() || guests.forces)],
    ['gmem', has(CAP.guestMemfd)],
    ['hardware-fetch', paths.includes('hardware')],
    ['host-protect', runs],
    ['mmio', runs],
    ['poke', runs],
    ['region2', has(CAP.userMemory2)],
    ['set', true],
    ['smm', runs && spacesOf(device) > 1 && has(CAP.smm)],
    ['spaces', spacesOf(device) > 1],
    ['stranger', true],
    ['threads', runs && hasThreads()],
    ['vcpu', runs],
  ]
  return offered.filter(([, is]) => is).map(([feature]) => feature)
}

/** The module of pvm, where it stands in place of Intel's and AMD's. */
const PVM = '/sys/module/kvm_pvm'

/** Which of the kernels that the specification knows this is; null where it is none of them. */
export const kernelOf = (running: string, isPvm: boolean): KernelName | null => {
  const [number = ''] = /^\d+\.\d+/.exec(running) ?? []
  return isPvm ? 'pvm' : (KERNEL_NAMES.find(name => name === number) ?? null)
}

/** The module that is loaded says whose processor this is; that of pvm does not say it. */
const ofVendor = (): Pick<Config, 'vendor'> => {
  if (existsSync('/sys/module/kvm_amd')) return { vendor: 'amd' }
  return existsSync('/sys/module/kvm_intel') ? { vendor: 'intel' } : {}
}

/** What a VM of this kernel is. A processor that makes accesses by itself may report a page that was only read. */
const vmOf = (device: Device, guests: GuestAbilities | null, kernel: KernelName | null): Config => ({
  profile: 'linux',
  ...(kernel === null ? {} : { kernel }),
  ...ofVendor(),
  spaces: spacesOf(device),
  slotLimit: extension(device, CAP.nrMemslots),
  maxGfn: findMaxGfn(device),
  hvaLimit: findHvaLimit(device),
  // `kvm_arch_prepare_memory_region`, `kvm_handle_noslot_fault` of x86, and what every access here is made with.
  beyondMaxGfn: 'EINVAL',
  invalid: 'retry',
  failedFetch: 'exit',
  readonlyMem: extension(device, CAP.readonlyMem) > 0,
  walker: 'kvm',
  secondStage: hasSecondStage() ? 'tdp' : 'shadow',
  exitOnEmulationFailure: true,
  exact: ![...(guests?.paths.values() ?? [])].includes('hardware'),
})

/** Numbers that follow each other as the first and the last: `0-3`. */
const rangeOf = (cpls: readonly number[]): string =>
  cpls.length > 1 && cpls.at(-1) === (cpls[0] ?? 0) + cpls.length - 1
    ? `${cpls[0]}-${cpls.at(-1)}`
    : cpls.join(', ')

/** Kinds of code in few words: modes that have the same levels stand together. A version may have 200 characters. */
const inFewWords = (kinds: readonly KindOfCode[]): string => {
  const levels = new Map<string, number[]>()
  for (const kind of kinds) {
    const [mode = '', cpl = ''] = kind.split(' at CPL ')
    levels.set(mode, [...(levels.get(mode) ?? []), Number(cpl)])
  }
  const modes = new Map<string, string[]>()
  for (const [mode, cpls] of levels) modes.set(rangeOf(cpls), [...(modes.get(rangeOf(cpls)) ?? []), mode])
  return [...modes].map(([cpls, names]) => `${names.join(', ')} at CPL ${cpls}`).join(', ')
}

/** Who runs which code of a guest, in words. */
export const whoRuns = (paths: Paths): readonly string[] => {
  const codeOf = (by: By) => [...paths].flatMap(([code, who]) => (who === by ? [code] : []))
  return (['hardware', 'emulator'] as const).flatMap(by => {
    const name = by === 'hardware' ? 'the processor' : 'KVM’s emulator'
    return codeOf(by).length === 0 ? [] : [`${name} runs ${inFewWords(codeOf(by))}`]
  })
}

/** What this kernel is and can do. Finding out takes a few dozen calls on the idle VM. */
export const helloOf = (
  device: Device,
  guests: GuestAbilities | null,
): Hello & { readonly features: readonly Feature[] } => {
  const kernel = kernelOf(release(), existsSync(PVM))
  const ringReserved = extension(device, CAP.dirtyLogRing) > 0 ? findRingReserved(device) : null
  const ring = ringReserved === null ? {} : { ringReserved }
  const vm = { ...vmOf(device, guests, kernel), ...ring }
  return {
    name: 'kvm',
    version: [`Linux ${release()}`, ...whoRuns(guests?.paths ?? new Map())].join('; '),
    protocol: 1,
    ...(kernel === null ? {} : { kernel }),
    features: featuresOf(device, guests),
    ...lacksOf(guests),
    choices: false,
    vm,
    ...(guests === null ? {} : { paging: PAGING }),
    limits: {
      spaces: spacesOf(device),
      slots: extension(device, CAP.nrMemslots),
      maxGfn: u64(vm.maxGfn ?? 0),
      entries: 0,
      ...ring,
    },
  }
}
