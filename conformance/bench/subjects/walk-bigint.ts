import { FETCH } from '../../../impl/x86/regime.js'
import type { WalkWorld } from './walk-world.js'

/** The walk as one writes it at first: 64-bit numbers for entries, and everything else like the walk of impl. */
export const bigintWalk = ({ mmu, regime, slots }: WalkWorld): ((address: bigint) => bigint) => {
  const { pages } = mmu
  const { quads } = pages
  const bits = new BigInt64Array(regime.reserved.buffer)
  const reserved = Array.from(bits, mask => BigInt.asUintN(64, mask))
  const root = BigInt(regime.root)
  const refused = regime.refused[FETCH]!
  const last = new Int32Array(5)
  const table = slots.map(({ base, npages, hva }) => ({
    base: BigInt(base),
    end: BigInt(base + npages),
    hva,
  }))

  const lookUp = (level: number, gfn: bigint): number => {
    let k = last[level]!
    const used = table[k]!
    if (gfn >= used.base && gfn < used.end) return k
    k = 0
    for (let half = table.length >> 1; half > 0; half >>= 1) if (table[k + half]!.base <= gfn) k += half
    if (gfn < table[k]!.base || gfn >= table[k]!.end) return -1
    last[level] = k
    return k
  }

  return address => {
    let gfn = root
    let all = -1n
    let any = 0n
    for (let level = 4; ; level--) {
      const k = lookUp(level, gfn)
      if (k < 0) return -1n
      const slot = table[k]!
      const place = pages.find(slot.hva + Number(gfn - slot.base))
      const index = Number((address >> BigInt(3 + 9 * level)) & 511n)
      const entry = BigInt.asUintN(64, quads[(place >> 3) + index]!)
      if ((entry & 1n) === 0n) return -1n
      if ((entry & reserved[2 * level + Number((entry >> 7n) & 1n)]!) !== 0n) return -1n
      all &= entry
      any |= entry
      gfn = (entry >> 12n) & 0xff_ffff_ffffn
      if (level === 1 || (entry & 128n) !== 0n) {
        const within = (1n << BigInt(9 * (level - 1))) - 1n
        gfn = (gfn & ~within) | ((address >> 12n) & within)
        break
      }
    }
    const rights = Number(((all >> 1n) & 3n) | ((any >> 63n) << 2n))
    return ((refused >>> rights) & 1) !== 0 || (all & 32n) === 0n ? -1n : gfn
  }
}
