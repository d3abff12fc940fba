import { existsSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { isLeft } from 'fp-ts/lib/Either.js'
import { describe, expect, it } from 'vitest'
import { batchDesign } from '../../../spec/designs/batch.js'
import { gate } from '../../../spec/designs/one-swap.js'
import { paused, pausedAlways } from '../../../spec/designs/paused.js'
import { rfcListWithoutDefects } from '../../../spec/designs/rfc.js'
import { sequential } from '../../../spec/designs/sequential.js'
import { generation, gfn, hvaPage, slotId } from '../../../spec/terms/numbers.js'
import type { Slot } from '../../../spec/terms/slot.js'
import { gateText } from '../../gates.js'
import { compressed } from './compress.js'
import { costOf } from './cost.js'
import { COUNTED } from './designs-recorded.js'
import { KEPT_NEEDS, keptNeeds } from './kept.js'
import { needsOf, updatesOf } from './recorded.js'

const slot = (id: number, base: number, npages: number, hva: number, log = false, ro = false): Slot => ({
  id: slotId(id),
  base: gfn(base),
  npages,
  hva: hvaPage(hva),
  log,
  ro,
  gmem: false,
  dirty: null,
  since: generation(0),
})

/** RAM of 256 MiB is split around a window of 64 KiB that becomes read-only, as firmware locks PAM. */
const RAM = [slot(0, 0, 0x10000, 0x7f000)]
const LOCKED = [
  slot(0, 0, 0xf0, 0x7f000),
  slot(1, 0xf0, 0x10, 0x7f0f0, false, true),
  slot(2, 0x100, 0xff00, 0x7f100),
]

describe('a recorded change', () => {
  it('is an update of the size of the explorer, with the boundaries that its slots share', () => {
    const update = compressed(RAM, LOCKED)
    expect(update.before).toMatchObject([{ id: 0, base: 0, npages: 3, hva: 0, log: -1 }])
    expect(update.after).toMatchObject([
      { id: 0, base: 0, npages: 1, hva: 0 },
      { id: 1, base: 1, npages: 1, hva: 1, ro: true },
      { id: 2, base: 2, npages: 1, hva: 2 },
    ])
  })

  it('keeps which pages two slots share, though they begin elsewhere', () => {
    const { before } = compressed([slot(1, 0, 8, 100), slot(2, 50, 2, 103)], [])
    expect(before).toMatchObject([
      { id: 1, hva: 0, npages: 3 },
      { id: 2, hva: 1, npages: 1 },
    ])
  })
})

describe('the cost of a plan', () => {
  const update = compressed(RAM, LOCKED)
  // By hand: one delete and three creates; the delete swaps twice and zaps once.
  it.each([
    [sequential, { calls: 4, swaps: 5, kicks: 1 }],
    // Removals and the space: two swaps. All is zapped once.
    [rfcListWithoutDefects, { calls: 1, swaps: 2, kicks: 1 }],
    // Only the read-only pages are owed: writes are blocked, and permission is taken back.
    [batchDesign, { calls: 1, swaps: 2, kicks: 1 }],
    // One kick to keep vCPUs out; while they are out nothing else kicks them.
    [paused, { calls: 4, swaps: 5, kicks: 1 }],
    [pausedAlways, { calls: 4, swaps: 5, kicks: 1 }],
    [gate, { calls: 1, swaps: 1, kicks: 1 }],
  ])('of $id, when a window of RAM becomes read-only', (design, cost) => {
    const plan = design.plan(update)
    expect(plan === null ? null : costOf(plan)).toEqual(cost)
  })

  it('is a kick for the variant that always keeps vCPUs out, where memory is only added', () => {
    const added = compressed([], RAM)
    const kicks = [sequential, paused, pausedAlways, batchDesign].map(design => {
      const plan = design.plan(added)
      return plan === null ? null : costOf(plan).kicks
    })
    expect(kicks).toEqual([0, 0, 1, 0])
  })
})

const shared = (name: string) => fileURLToPath(new URL(`../../../../shared/traces/${name}`, import.meta.url))

const chunks = async function* (text: string): AsyncIterable<string> {
  yield text
}

describe.skipIf(!existsSync(shared('README.md')))('the table that is kept', () => {
  it('is what the recordings give', async () => {
    const kept = await keptNeeds()
    if (isLeft(kept) || kept.right === null) throw new Error('no table is kept')
    expect(kept.right.recordings.length).toBeGreaterThan(3)
    for (const recording of kept.right.recordings) {
      const updates = await updatesOf(chunks(readFileSync(shared(recording.file), 'utf8')), recording.file)
      if (isLeft(updates)) throw new Error(updates.left)
      const mend = gateText('what recorded boots need', `${KEPT_NEEDS} is stale`)
      expect(recording, mend).toEqual(needsOf(recording.file, updates.right, COUNTED))
    }
  })
})
