import type { Machine } from '../../machine.js'
import { IntervalTree } from '../../memslots/interval-tree/index.js'
import { isLogged, type Shape, type Slot, sameShape } from '../../memslots/slot.js'
import type { SlotSet } from '../../memslots/slot-set.js'
import { endsBeyondGuest } from '../checks.js'
import { shapeOf } from '../placement.js'
import type { BatchRefused, Entry } from './batch-call.js'

/** A difference between the set before a batch and the intended one. At least one side is there, and they differ. */
export interface Intent {
  readonly id: number
  readonly old: Slot | undefined
  readonly wanted: Shape | undefined
}

/** What the batch amounts to: its differences by ascending id; none if it asks for the set that is there. */
export type Intended = { readonly intents: readonly Intent[] } | { readonly refused: BatchRefused }

/**
 * Stage 3: the intended set. At each entry in turn: overlap with an entry before it or with a slot that no entry
 * names (EEXIST), a frame beyond the guest (EINVAL), a log to carry or retire while a ring is in use (ENXIO).
 */
export function intended(machine: Machine, set: SlotSet, entries: readonly Entry[]): Intended {
  const named = new Set(entries.map(entry => entry.id))
  const shapes = entries.map(entry => (entry.do === 'set' ? shapeOf(entry) : undefined))
  const placed = areDisjoint(shapes) ? undefined : treeFor(entries)
  const intents: Intent[] = []
  const refuse = (errno: BatchRefused['errno'], index: number): Intended => ({ refused: { errno, index } })
  const isUnnamed = (id: number) => !named.has(id)

  for (const [index, entry] of entries.entries()) {
    const old = set.get(entry.id)
    const wanted = shapes[index]
    if (wanted) {
      const { base, npages } = wanted
      const last = base + npages - 1
      if ((placed && placed.first(base, last) >= 0) || set.someInFrames(base, npages, isUnnamed)) {
        return refuse('EEXIST', index)
      }
      if (endsBeyondGuest(machine.limits, base, npages)) return refuse('EINVAL', index)
      placed?.insert(base, last, index)
    }
    if (old && wanted && sameShape(old, wanted)) continue
    if (machine.usesRing && old && isLogged(old)) return refuse('ENXIO', index)
    intents.push({ id: entry.id, old, wanted })
  }
  return { intents: intents.sort((a, b) => a.id - b.id) }
}

/** Whether no two of the shapes have a frame in common. Then there is no need to find out which came first. */
function areDisjoint(shapes: readonly (Shape | undefined)[]): boolean {
  const ordered = shapes.filter(shape => shape !== undefined).sort((a, b) => a.base - b.base)
  for (let i = 1; i < ordered.length; i++) {
    const before = ordered[i - 1]!
    if (before.base + before.npages > ordered[i]!.base) return false
  }
  return true
}

/** Where the frames of entries that were looked at are kept: its memory is worth its price only for a batch that fails. */
function treeFor({ length }: readonly Entry[]): IntervalTree {
  return IntervalTree.create({ capacity: length, limit: length })
}
