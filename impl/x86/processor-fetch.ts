import { type CodeWindow, GENERAL_PROTECTION, type Prefetched, placeChunk } from './instruction.js'
import { type Mmu, OK } from './mmu.js'
import { type ProcessorWalked, reachByProcessor } from './processor-walk.js'
import { FETCH } from './regime.js'
import { placeIn } from './section.js'

export type ProcessorFetched = ProcessorWalked | typeof GENERAL_PROTECTION

const PAGE_BYTES = 4096

/**
 * Fetches an instruction in the held set as the processor itself does: no more than the `length` bytes it needs, from
 * one page or two, each translated on its own. What it cannot fetch is left to the emulator (fetch-path.md, Look-ups by
 * use).
 *
 * @param high, low the offset in the code segment
 */
export function fetchByProcessor(
  mmu: Mmu,
  code: CodeWindow,
  found: Prefetched,
  high: number,
  low: number,
  length: number,
): ProcessorFetched {
  found.count = 0
  while (found.count < length) {
    const room = placeChunk(code, found, high, low)
    if (room === 0) return GENERAL_PROTECTION
    const reached = reachByProcessor(mmu, found.high, found.low, FETCH)
    if (reached !== OK) return reached
    const count = Math.min(length - found.count, room, PAGE_BYTES - (found.low & 4095))
    const from = placeIn(mmu.slot, mmu.gfn, mmu.pages) + (found.low & 4095)
    found.bytes.set(mmu.pages.bytes.subarray(from, from + count), found.count)
    found.count += count
  }
  return OK
}
