import { chance, pick, type Random } from '../../../spec/generate/random.js'
import { hvaPage, u64 } from '../../../spec/terms/numbers.js'
import type { CreateVcpuCall, KernelAccess, PokeCall, RegistersCall } from '../../../spec/terms/operation.js'
import {
  entryBytes,
  entryOffset,
  entrySize,
  frameOf,
  isLarge,
  readEntry,
} from '../../../spec/terms/paging/entry.js'
import type { Paging } from '../../../spec/terms/paging/mode.js'
import { type Regime, regimeOf } from '../../../spec/terms/paging/regime.js'
import { slotAt } from '../../../spec/terms/space.js'
import { type Drawing, type Maker, spaceAt } from './drawing.js'
import { mappedFrame } from './place.js'
import { byLoaded, type LoadedVcpu } from './registers.js'

/** Linear pages that accesses are about: few, so that tables lead there. */
const PAGES = [0n, 0n, 1n, 1n, 0x1ffn, 0x200n, 0x4_0000n, 0xf_ffffn] as const
/** And the first of the upper half, of 48 bits and of 57. */
const UPPER = [0xffff_8000_0000_0n, 0xff00_0000_0000_0n] as const

export const regimeFor = ({ world }: Drawing, { image }: LoadedVcpu): Regime => regimeOf(image, world.params)

/** The number of a linear page. */
export const somePage = (r: Random, { width }: Regime): bigint =>
  width !== 32 && chance(r, 0.1) ? pick(r, UPPER) : pick(r, PAGES)

const P = 1n
const OPEN = 0x67n
const PAGE_SIZE = 0x80n

/** An entry that leads on to a frame of the vCPU’s space, now and then with something wrong with it. */
const someEntry = (d: Drawing, space: number, paging: Paging, level: number): bigint => {
  const { r } = d
  const large = level > 1 && chance(r, 0.1)
  const frame = large && chance(r, 0.8) ? 0n : BigInt(mappedFrame(d, space))
  const without = chance(r, 0.4) ? pick(r, [P, 2n, 4n, 4n, 0x20n, 0x20n, 0x40n, 0x60n]) : 0n
  const odd = chance(r, 0.08)
    ? 1n << BigInt(pick(r, paging === '32-bit' ? [7, 13, 21] : [7, 8, 13, 36, 47, 59, 60, 62, 63, 63]))
    : 0n
  return ((frame << 12n) | (large ? PAGE_SIZE : 0n) | (OPEN & ~without)) ^ odd
}

/**
 * Writes an entry of some address: of the first level that does not lead on yet, or of one before. So tables grow until
 * addresses lead somewhere. The host writes it, or KVM, which marks the page.
 */
export const tableEntry: Maker<PokeCall | KernelAccess | RegistersCall | CreateVcpuCall> = byLoaded<
  PokeCall | KernelAccess
>((d, vcpu) => {
  const { r, cells } = d
  const { space: as, image } = vcpu
  const regime = regimeFor(d, vcpu)
  const { paging } = regime
  if (paging === 'none') return null
  const space = spaceAt(d, as)
  const la = somePage(r, regime) << 12n
  const kept = paging === 'pae' && !regime.pdptesInMemory
  let level = kept ? 2 : regime.top
  let gfn = kept ? frameOf(image.pdptes[Number((la >> 30n) & 3n)] ?? 0n) : regime.root
  for (;;) {
    const slot = slotAt(space, gfn)
    if (slot === null) return null
    const page = slot.hva + (gfn - slot.base)
    const [offset, size] = [entryOffset(paging, level, la, image.cr3), entrySize(paging)]
    const entry = readEntry(cells.memory, hvaPage(page), offset, size)
    const leadsOn = (entry & P) !== 0n && level > 1 && !isLarge(entry, level, regime) && !chance(r, 0.1)
    if (!leadsOn) {
      const data = entryBytes(someEntry(d, as, paging, level), size)
      return as === 0 && chance(r, 0.2)
        ? { op: 'kernel-access', gfn, offset, size, data }
        : { op: 'poke', hva: u64(page * 4096 + offset), data }
    }
    gfn = frameOf(entry)
    level--
  }
})
