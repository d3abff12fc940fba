import type { Machine } from '../../machine.js'
import { IntervalTree } from '../../memslots/interval-tree/index.js'
import { isLogged, type Shape, type Slot, sameShape } from '../../memslots/slot.js'
import type { SlotSet } from '../../memslots/slot-set.js'
import { endsBeyondGuest } from '../checks.js'
import { shapeOf } from '../placement.js'
import type { BatchRefused, Entry } from './batch-call.js'

/**
 * A slot that differs between the set before a batch and the intended one. At least one side is defined, and they
 * differ.
 */
export interface Intent {
  readonly id: number
  readonly old: Slot | undefined
  readonly wanted: Shape | undefined
}

/** The slots that a batch changes, by ascending id; none if it asks for the set that is there. */
export type Intended = { readonly intents: readonly Intent[] } | { readonly refused: BatchRefused }

/**
 * Stage 3: the intended set. At each entry in turn: overlap with an entry before it or with a slot that no entry
 * names (EEXIST), a frame beyond `maxGfn` (EINVAL), a log to carry or retire while a dirty ring is in use (ENXIO).
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

/** Whether no two of the shapes have a frame in common. If so, no entry needs to be compared with those before it. */
function areDisjoint(shapes: readonly (Shape | undefined)[]): boolean {
  const ordered = shapes.filter(shape => shape !== undefined).sort((a, b) => a.base - b.base)
  for (let i = 1; i < ordered.length; i++) {
    const before = ordered[i - 1]!
    if (before.base + before.npages > ordered[i]!.base) return false
  }
  return true
}

/**
 * A tree of the frames of entries already checked. Only a batch that fails needs it, so only such a batch pays for it.
 */
function treeFor({ length }: readonly Entry[]): IntervalTree {
  return IntervalTree.create({ capacity: length, limit: length })
}
