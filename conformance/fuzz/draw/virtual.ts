import { between, chance, pick } from '../../../spec/generate/random.js'
import type { Bytes } from '../../../spec/terms/memory.js'
import { u64 } from '../../../spec/terms/numbers.js'
import type {
  FetchInstruction,
  ReadVirtual,
  RmwVirtual,
  Translate,
  VirtualAccess,
  WriteVirtual,
} from '../../../spec/terms/operation.js'
import { someData } from './access.js'
import type { Drawing } from './drawing.js'
import { byLoaded, type LoadedVcpu } from './registers.js'
import { regimeFor, somePage } from './tables.js'

/** Offsets in a page, at most of them near its ends. */
const OFFSETS = [0, 0, 0x10, 0xff1, 0xff8, 0xffd, 0xfff] as const

const someAddress = (d: Drawing, vcpu: LoadedVcpu): bigint =>
  (somePage(d.r, regimeFor(d, vcpu)) << 12n) | BigInt(pick(d.r, OFFSETS))

const WORD = 1n << 32n

/** A fetch of an instruction somewhere about those pages. */
const fetchBy = (d: Drawing, vcpu: LoadedVcpu): FetchInstruction => {
  const la = someAddress(d, vcpu)
  const rip = regimeFor(d, vcpu).mode === '64-bit' ? la : (la - vcpu.image.cs.base + WORD) % WORD
  return { op: 'fetch-instruction', vcpu: vcpu.id, rip: u64(rip), length: between(d.r, 1, 15) }
}

export const fetchInstruction = byLoaded<FetchInstruction>(fetchBy)

/** The same by the processor itself. */
export const fetchByHardware = byLoaded<FetchInstruction>((d, vcpu) => ({
  ...fetchBy(d, vcpu),
  by: 'hardware',
}))

/** The processor, now and then, where the target tells it apart. */
const someBy = ({ r, world }: Drawing): { readonly by?: 'hardware' } =>
  world.features.has('hardware-fetch') && chance(r, 0.4) ? { by: 'hardware' } : {}

export const translate = byLoaded<Translate>((d, vcpu) => ({
  op: 'translate',
  vcpu: vcpu.id,
  gva: u64(someAddress(d, vcpu)),
  access: pick(d.r, ['read', 'write', 'fetch']),
  ...someBy(d),
}))

const SIZES = [1, 2, 4, 8, 8, 16] as const

/** What the VMM answers to MMIO reads, which may be less than is read. */
const someAnswer = (d: Drawing): { readonly device?: Bytes } =>
  d.world.features.has('mmio') && chance(d.r, 0.5) ? { device: someData(d, pick(d.r, SIZES)) } : {}

export const readVirtual = byLoaded<ReadVirtual>((d, vcpu) => ({
  op: 'read-virtual',
  vcpu: vcpu.id,
  gva: u64(someAddress(d, vcpu)),
  size: pick(d.r, SIZES),
  ...someBy(d),
  ...someAnswer(d),
}))

export const writeVirtual = byLoaded<WriteVirtual>((d, vcpu) => ({
  op: 'write-virtual',
  vcpu: vcpu.id,
  gva: u64(someAddress(d, vcpu)),
  data: someData(d, pick(d.r, SIZES)),
  ...someBy(d),
}))

/** An exchange, and what the VMM answers where it finds no memory. */
export const rmwVirtual = byLoaded<RmwVirtual>((d, vcpu) => ({
  op: 'rmw-virtual',
  vcpu: vcpu.id,
  gva: u64(someAddress(d, vcpu)),
  data: someData(d, pick(d.r, SIZES)),
  ...someBy(d),
  ...someAnswer(d),
}))

/** The same operation at an address that is not canonical, or beyond what an address of its mode can be. */
export const elsewhere = <O extends VirtualAccess>({ r }: Drawing, o: O): O => {
  const bit = 1n << BigInt(pick(r, [31, 32, 47, 48, 56, 63]))
  if (chance(r, 0.5)) return { ...o, vcpu: 9 }
  return o.op === 'fetch-instruction' ? { ...o, rip: u64(o.rip ^ bit) } : { ...o, gva: u64(o.gva ^ bit) }
}
