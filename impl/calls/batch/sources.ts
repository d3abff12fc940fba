import { complement, overlap, type Ranges } from '../../base/ranges.js'
import { displacement, isLogged, type Shape, type Slot } from '../../memslots/slot.js'
import type { Intent } from './intent.js'

/**
 * Log pages that are carried: `count` pages of `old` from `from` on are the sources of those from `to` on of the new
 * slot.
 */
export interface Carry {
  readonly old: Slot
  readonly from: number
  readonly to: number
  readonly count: number
}

/** Pages of an old log that are retired: no page of the new set carries their bits. */
export interface RetiredPages {
  readonly old: Slot
  readonly parts: Ranges
}

/** What is carried and what is retired of the logs of a batch (semantics.md §2, carry and retired). */
export interface LogPlan {
  /** The sources of each new slot that has LOG, by id. */
  readonly carries: ReadonlyMap<number, readonly Carry[]>
  /** By ascending id of the old slot. */
  readonly retiredPages: readonly RetiredPages[]
  /** Ids of old slots of which some page is the source of two: one page by its frame, one by the slot's id. */
  readonly carriedTwice: ReadonlySet<number>
}

/** The slots before, found by frame: the set, or at least its slots that change. */
export interface OldSlots {
  inFrames(base: number, npages: number): Slot[]
}

/**
 * Finds every source: LOG pages with the same host page and the same slot id or the same frame. Slots that do not
 * change are left out, for each page of them has just itself as source and is source of nothing else: a new slot with
 * one of its frames would overlap it.
 */
export function planLogs(set: OldSlots, intents: readonly Intent[]): LogPlan {
  const carries = new Map<number, Carry[]>()
  const continued = new Map<number, Ranges>()
  for (const { id, old, wanted } of intents) {
    if (!wanted || !isLogged(wanted)) continue
    const sources = sourcesOf(set, old, wanted)
    carries.set(id, sources)
    for (const { old: source, from, count } of sources) {
      const runs = continued.get(source.id)
      if (runs) runs.push([from, count])
      else continued.set(source.id, [[from, count]])
    }
  }
  const retiredPages: RetiredPages[] = []
  for (const { id, old } of intents) {
    if (!old || !isLogged(old)) continue
    const parts = complement(continued.get(id) ?? [], old.npages)
    if (parts.length > 0) retiredPages.push({ old, parts })
  }
  const carriedTwice = [...continued].filter(([, runs]) => overlap(runs)).map(([id]) => id)
  return { carries, retiredPages, carriedTwice: new Set(carriedTwice) }
}

function sourcesOf(set: OldSlots, old: Slot | undefined, wanted: Shape): Carry[] {
  const sources: Carry[] = []
  if (old && isLogged(old)) pushOverlap(sources, old, wanted, old.hva, wanted.hva)
  for (const slot of set.inFrames(wanted.base, wanted.npages)) {
    // With the same id it was found above: same frame and host page are then no more than same host page.
    if (slot.id === wanted.id || !isLogged(slot) || displacement(slot) !== displacement(wanted)) continue
    pushOverlap(sources, slot, wanted, slot.base, wanted.base)
  }
  return sources
}

/**
 * Adds the run of pages that the two have in common when they start at `oldStart` and `newStart` of one line of pages.
 */
function pushOverlap(sources: Carry[], old: Slot, wanted: Shape, oldStart: number, newStart: number): void {
  const first = Math.max(oldStart, newStart)
  const count = Math.min(oldStart + old.npages, newStart + wanted.npages) - first
  if (count > 0) sources.push({ old, from: first - oldStart, to: first - newStart, count })
}
