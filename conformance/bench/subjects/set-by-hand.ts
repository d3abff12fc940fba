import type { Cells } from '../../../spec/terms/cells.js'
import { freshLog } from '../../../spec/terms/dirty-log.js'
import { generation, gfn, hvaPage, MAX_SLOT_PAGES, slotId, TWO_TO_64 } from '../../../spec/terms/numbers.js'
import type { SetCall } from '../../../spec/terms/operation.js'
import type { Errno } from '../../../spec/terms/result.js'
import { flagsOf, GUEST_MEMFD, LOG, overlaps, RO, type Slot } from '../../../spec/terms/slot.js'

/**
 * The rules for one slot as a programmer would write them out: one function, checks in order, no names, no counters, no
 * refutations. It is what the engine's speed is held against, and nothing else.
 */
export const setByHand = (cells: Cells): Cells | null => {
  const { call, params, spaces, ring, protect } = cells
  if (call === null || call.op !== 'set') return null
  const fault = requestFault(call, params)
  if (fault !== null) return refused(cells, fault)
  const space = spaces[call.as]
  if (space === undefined) return refused(cells, 'EINVAL')
  if (call.gpa + call.size >= TWO_TO_64) return refused(cells, 'EINVAL')
  const npages = Number(call.size >> 12n)
  if (npages > MAX_SLOT_PAGES) return refused(cells, 'EINVAL')
  const base = Number(call.gpa >> 12n)
  const hva = Number(call.hva >> 12n)
  const old = space.slots.find(slot => slot.id === call.id) ?? null

  if (npages === 0) {
    if (old === null) return refused(cells, 'EINVAL')
    if (call.allocation === 'early') return refused(cells, 'ENOMEM')
    return published(
      cells,
      call.as,
      2,
      space.slots.filter(slot => slot !== old),
    )
  }
  if (old !== null) {
    if ((call.flags & GUEST_MEMFD) !== 0) return refused(cells, 'EINVAL')
    const same = old.hva === hva && old.npages === npages
    if (!same || ((flagsOf(old) ^ call.flags) & (RO | GUEST_MEMFD)) !== 0) return refused(cells, 'EINVAL')
  }
  const places = old === null || old.base !== base
  if (places && space.slots.some(slot => slot.id !== call.id && overlaps(slot, { base, npages })))
    return refused(cells, 'EEXIST')
  const nothing = old !== null && !places && flagsOf(old) === call.flags
  if (call.allocation === 'early' && !nothing) return refused(cells, 'ENOMEM')
  if (places && base + npages - 1 > params.maxGfn) return null // a late failure: not in the mix
  if (call.allocation === 'late') return null // likewise
  if (nothing) return published(cells, call.as, 0, space.slots)

  const log = (call.flags & LOG) !== 0
  const moves = old !== null && places
  const swaps = moves ? 2 : 1
  const slot: Slot = {
    id: slotId(call.id),
    base: gfn(base),
    npages,
    hva: hvaPage(hva),
    log,
    ro: (call.flags & RO) !== 0,
    gmem: (call.flags & GUEST_MEMFD) !== 0,
    dirty: !log ? null : (old?.dirty ?? (ring ? null : freshLog(npages, protect === 3))),
    since: places ? generation(call.as + (space.swaps + swaps) * params.spaces) : (old as Slot).since, // old is there
  }
  const others = space.slots.filter(other => other.id !== call.id)
  const at = others.findIndex(other => other.base > base)
  return published(cells, call.as, swaps, others.toSpliced(at < 0 ? others.length : at, 0, slot))
}

const requestFault = (call: SetCall, params: Cells['params']): Errno | null => {
  if (call.caller === 'stranger') return 'EIO'
  if (call.argument === 'bad') return 'EFAULT'
  const known = params.readonlyMem ? LOG | RO : LOG
  const memfd = call.ioctl === 2 && params.guestMemfd && call.flags === GUEST_MEMFD
  if (call.id >= params.slotLimit || ((call.flags & ~known) !== 0 && !memfd)) return 'EINVAL'
  if (((call.size | call.gpa | call.hva) & 4095n) !== 0n) return 'EINVAL'
  return call.hva + call.size > params.hvaLimit ? 'EINVAL' : null
}

const refused = (cells: Cells, errno: Errno): Cells => ({
  ...cells,
  call: null,
  returned: { is: 'error', errno, index: null, bound: null },
})

const published = (cells: Cells, as: number, swaps: number, slots: readonly Slot[]): Cells => {
  const after = (cells.spaces[as]?.swaps ?? 0) + swaps
  return {
    ...cells,
    spaces: swaps === 0 ? cells.spaces : cells.spaces.with(as, { slots, swaps: after }),
    call: null,
    returned: { is: 'done', generation: generation(as + after * cells.params.spaces) },
  }
}
