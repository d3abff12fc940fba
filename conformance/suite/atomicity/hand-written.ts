import { removalOf } from '../../../spec/terms/build-batch.js'
import { addressOf, u64 } from '../../../spec/terms/numbers.js'
import { type BatchEntry, HARVEST, type Operation } from '../../../spec/terms/operation.js'
import { LOG } from '../../../spec/terms/slot.js'
import type { Script } from '../../stress/programs/draw.js'

/*
 * Schedules about logs that the worlds of the explorer are too small for: a write through the new set while the bits of the old
 * one have not been carried yet.
 */

const HOST = 0x10000
const BASE = 16
const logged = (id: number, base: number, npages: number): BatchEntry => ({
  ...{ do: 'set', id, gpa: addressOf(base), size: addressOf(npages) },
  ...{ hva: addressOf(HOST), flags: LOG },
})

const write = (gfn: number): Operation => ({ op: 'write', vcpu: 0, gfn, offset: 8, data: '01' })
const batch = (...entries: readonly BatchEntry[]): Operation => ({
  ...{ op: 'batch', as: 0, flags: HARVEST, resultSize: u64(2 ** 16), entries },
})
const get = (id: number): Operation => ({ op: 'get-dirty', as: 0, id })

/** A slot of so many pages, of which one is dirty; an update; and a write through its set before it settles. */
const betweenSets = (
  npages: number,
  update: Operation,
  through: number,
  after: readonly Operation[],
): Script => ({
  config: {},
  before: [{ op: 'create-vcpu', vcpu: 0 }, batch(logged(1, BASE, npages)), write(BASE)],
  threads: [[update], [write(through)]],
  schedule: [{ tid: 0, until: 'published' }, 1, 0],
  after,
})

/** More than a chunk of any log, so that one may be handed over whole. */
const LARGE = 2 ** 17

export interface HandWritten {
  readonly id: string
  readonly says: string
  readonly script: Script
}

export const handWritten: readonly HandWritten[] = [
  {
    id: 'steps/logs/renamed',
    says: 'a large logged slot gets another id; what is written before its log is carried stays in it',
    script: betweenSets(LARGE, batch(removalOf(1), logged(2, BASE, LARGE)), BASE + 7, [get(2)]),
  },
  {
    id: 'steps/logs/two-heirs',
    says: 'a logged slot moves and another takes its place on the same pages; a write through one is not in the other’s log',
    script: betweenSets(2, batch(logged(1, 48, 2), logged(2, BASE, 2)), 49, [get(1), get(2)]),
  },
]
