import { below, chance, pick, type Random } from '../../../spec/generate/random.js'
import type { Vcpu } from '../../../spec/terms/cells.js'
import { u64 } from '../../../spec/terms/numbers.js'
import type { CreateVcpuCall, RegistersCall } from '../../../spec/terms/operation.js'
import type { Loaded } from '../../../spec/terms/paging/loaded.js'
import type { Paging } from '../../../spec/terms/paging/mode.js'
import type { CodeSegment, Cpu } from '../../../spec/terms/paging/registers.js'
import { createVcpu } from './access.js'
import type { Drawing, Maker } from './drawing.js'
import { mappedFrame } from './place.js'

/** Long mode more often than the others, for there most ways are. */
const PAGINGS: readonly Paging[] = ['none', '32-bit', 'pae', '4-level', '4-level', '4-level', '5-level']

const bits = (...set: readonly (readonly [on: boolean, bit: number])[]): bigint =>
  set.reduce((all, [on, bit]) => (on ? all | (1n << BigInt(bit)) : all), 0n)

const someCpu = (r: Random): Cpu => ({
  maxPhyAddr: pick(r, [32, 36, 46, 52]),
  gigabytePages: chance(r, 0.7),
  amd: chance(r, 0.4),
})

const someSegment = (r: Random, long: boolean): CodeSegment => {
  const wide = long && chance(r, 0.8)
  return {
    base: u64(wide || chance(r, 0.6) ? 0 : pick(r, [0x1000, 0xffff_f000])),
    limit: chance(r, 0.7) ? 0xffff_ffff : pick(r, [0xffff, 0x1ffd]),
    d: !wide && chance(r, 0.7),
    l: wide,
  }
}

/** Registers that a processor can have, with the root of the tables in some frame of the vCPU’s space. */
const imageFor = (d: Drawing, { id, space }: Vcpu): RegistersCall => {
  const { r } = d
  const paging = pick(r, PAGINGS)
  const long = paging === '4-level' || paging === '5-level'
  const on = paging !== 'none'
  const keys = d.world.features.has('protection-keys') && chance(r, 0.2)
  const virtual8086 = !long && chance(r, 0.05)
  const top = (): bigint => (chance(r, 0.7) ? (BigInt(mappedFrame(d, space)) << 12n) | 1n : 0n)
  return {
    op: 'registers',
    vcpu: id,
    cr0: u64(bits([on || chance(r, 0.7), 0], [chance(r, 0.7), 16], [on, 31])),
    cr3: u64(
      (BigInt(mappedFrame(d, space)) << 12n) | (paging === 'pae' ? pick(r, [0n, 0n, 0x20n, 0xfe0n]) : 0n),
    ),
    cr4: u64(
      bits(
        [chance(r, 0.8), 4],
        [long || paging === 'pae', 5],
        [paging === '5-level', 12],
        [chance(r, 0.2), 20],
        [chance(r, 0.2), 21],
        [keys, 22],
      ),
    ),
    efer: u64(bits([long, 8], [long, 10], [chance(r, 0.8), 11])),
    rflags: u64(bits([true, 1], [virtual8086, 17], [chance(r, 0.2), 18])),
    cpl: virtual8086 ? 3 : pick(r, [0, 0, 3, 1]),
    cs: someSegment(r, long),
    ...(chance(r, 0.5) ? { cpu: someCpu(r) } : {}),
    ...(keys ? { pkru: u64(below(r, 2 ** 32)) } : {}),
    ...(paging === 'pae' && chance(r, 0.6) ? { pdptes: [top(), top(), top(), top()].map(u64) } : {}),
  }
}

/** Loads a vCPU with registers; where there is none yet, makes one. */
export const loadRegisters: Maker<RegistersCall | CreateVcpuCall> = d =>
  d.cells.vcpus.length === 0 ? createVcpu(d) : imageFor(d, pick(d.r, d.cells.vcpus))

/** A vCPU that has registers. */
export interface LoadedVcpu extends Vcpu {
  readonly image: Loaded
}
const isLoaded = (vcpu: Vcpu): vcpu is LoadedVcpu => vcpu.image !== undefined && vcpu.image !== null

/** What a vCPU with registers does; where there is none yet, it gets some. */
export const byLoaded =
  <O>(make: (d: Drawing, vcpu: LoadedVcpu) => O | null): Maker<O | RegistersCall | CreateVcpuCall> =>
  d => {
    const loaded = d.cells.vcpus.filter(isLoaded)
    return loaded.length === 0 ? loadRegisters(d) : make(d, pick(d.r, loaded))
  }

/** The image with something in it that no processor can have, or that changes what it means. */
export const spoiltRegisters = ({ r }: Drawing, o: RegistersCall): RegistersCall => {
  const flipped = (name: 'cr0' | 'cr3' | 'cr4' | 'efer' | 'rflags', bit: number): RegistersCall => ({
    ...o,
    [name]: u64(o[name] ^ (1n << BigInt(bit))),
  })
  return pick(r, [
    () => flipped('cr0', pick(r, [0, 29, 31, 32])),
    () => flipped('cr3', pick(r, [3, 36, 46, 52])),
    () => flipped('cr4', pick(r, [5, 12])),
    () => flipped('efer', pick(r, [8, 10, 32])),
    () => flipped('rflags', 17),
    ...(o.pkru === undefined ? [] : [() => ({ ...o, pkru: u64((o.pkru ?? 0n) | (1n << 32n)) })]),
    () => ({ ...o, vcpu: 9 }),
    () =>
      o.pdptes === undefined
        ? o
        : { ...o, pdptes: o.pdptes.map(entry => u64(entry ^ BigInt(1 << below(r, 6)))) },
  ])()
}
