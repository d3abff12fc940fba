import { addressOf, generation, gfn, hvaPage, slotId, type U64, u64 } from '../../../spec/terms/numbers.js'
import type { SetCall } from '../../../spec/terms/operation.js'
import type { Run as PageRun } from '../../../spec/terms/page-set.js'
import { LOG, RO, type Slot } from '../../../spec/terms/slot.js'
import type { StepSlot } from '../../../spec/terms/steps/slots.js'

/** Frame 0 and host page 0 of a search, in a trace. */
const FIRST_FRAME = 16
const FIRST_HOST_PAGE = 0x10000

/** The gfn in a trace of a frame of a search. */
export const frameIn = (frame: number): number => FIRST_FRAME + frame
/** The hva in a trace of a host page of a search. */
export const hostAddress = (page: number): U64 => addressOf(FIRST_HOST_PAGE + page)

/** The byte at the start of a host page, different for each, by which a read shows which page it read. */
export const signOf = (page: number): string => (0xa0 + page).toString(16)

/** A slot of a search as one of whole calls. */
export const wholeSlot = ({ id, base, npages, hva, ro, log }: StepSlot): Slot => ({
  id: slotId(id),
  base: gfn(frameIn(base)),
  npages,
  hva: hvaPage(FIRST_HOST_PAGE + hva),
  log: log >= 0,
  ro,
  gmem: false,
  dirty: null,
  since: generation(0),
})

/** The call that creates a slot. */
export const creation = (slot: StepSlot, as: number): SetCall => ({
  op: 'set',
  as,
  id: slot.id,
  gpa: addressOf(frameIn(slot.base)),
  size: u64(slot.npages * 4096),
  hva: hostAddress(slot.hva),
  flags: (slot.log >= 0 ? LOG : 0) | (slot.ro ? RO : 0),
})

/** The pages of a slot whose bits are set; the bitmaps of a search are indexed by host page. */
export const pagesSet = (slot: StepSlot, bits: number): readonly PageRun[] => {
  const runs: [number, number][] = []
  for (let page = 0; page < slot.npages; page++) {
    if ((bits & (1 << (slot.hva + page))) === 0) continue
    const last = runs.at(-1)
    if (last !== undefined && last[0] + last[1] === page) last[1]++
    else runs.push([page, 1])
  }
  return runs
}
