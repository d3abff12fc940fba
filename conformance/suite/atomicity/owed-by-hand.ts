import type { Schedule } from '../../../oracle/wire/program.js'
import type { Operation } from '../../../spec/terms/operation.js'
import { RO } from '../../../spec/terms/slot.js'
import type { Script } from '../../stress/programs/draw.js'
import { batchTo, type Layout, type Region } from '../../stress/programs/layout.js'
import type { HandWritten } from './hand-written.js'

/*
 * Schedules about owed pages that the worlds of the explorer are too small for: several frames, several ranges, many vCPUs.
 * An access comes to its store when the new set has been published, unless the update or the access waits as it must; a
 * vCPU that sees the new set before sees the store after it.
 */

const BASE = 16
const [A, B] = [0x100, 0x200]
/** Where the rows of host pages are seen, whatever leads to them. */
const SHOWS_A = 0x400
const SHOWS_B = 0x800
/** Pages of a row. */
const ROW = 8
const OFFSET = 8

/** vCPUs: the last of them makes the access, so that an update that waits for the first ones alone is found out. */
const VCPUS = 4
const LAST = VCPUS - 1
const OBSERVER = 0

const region = (id: number, base: number, npages: number, page: number, flags = 0): Region => ({
  ...{ id, base, npages },
  ...{ page, flags },
})
const shown: Layout = [region(10, SHOWS_A, ROW, A, RO), region(11, SHOWS_B, ROW, B)]

const write = (vcpu: number, gfn: number, data: string): Operation => ({
  ...{ op: 'write', vcpu, gfn },
  ...{ offset: OFFSET, data },
})
const exchange = (gfn: number): Operation => ({ ...write(LAST, gfn, '01'), op: 'rmw' }) as Operation
const read = (gfn: number): Operation => ({ op: 'read', vcpu: OBSERVER, gfn, offset: OFFSET, size: 1 })

/** Where an access is when the update begins: before its look-up, or between that and its store. */
type Begun = 'late' | 'early'

interface Meeting {
  readonly id: string
  readonly says: string
  readonly before: Layout
  readonly after: Layout
  readonly begun: Begun
  /** The access, and what shows the observer that the new set is there. */
  readonly access: Operation
  readonly newSet: Operation
  /** What reads the page of the access, whatever leads to it. */
  readonly look: Operation
}

const UPDATER = 0
const ACCESSOR = 1
const LOOKS = 2

const scheduleOf = (begun: Begun): Schedule => {
  const translates = { tid: ACCESSOR, until: 'translated' } as const
  const looks = [LOOKS, LOOKS, ACCESSOR, LOOKS, UPDATER]
  return begun === 'early'
    ? [translates, { tid: UPDATER, until: 'published' }, ...looks]
    : [{ tid: UPDATER, until: 'drained' }, translates, { tid: UPDATER, until: 'published' }, ...looks]
}

const scriptOf = ({ before, after, begun, access, newSet, look }: Meeting): Script => ({
  config: {},
  before: [
    ...Array.from({ length: VCPUS }, (_, vcpu): Operation => ({ op: 'create-vcpu', vcpu })),
    batchTo(0, [], [...before, ...shown]),
    ...Array.from({ length: ROW }, (_, i) => write(OBSERVER, SHOWS_B + i, '07')),
  ],
  threads: [[batchTo(0, before, after)], [access], [newSet, look, look]],
  schedule: scheduleOf(begun),
  after: [look],
})

/** A row is backed by other pages, slot by slot: an exchange on its frame `at`. */
const reBacked = (id: string, says: string, begun: Begun, row: Layout, at: number): Meeting => ({
  ...{ id, says, begun, before: row },
  after: row.map(one => ({ ...one, page: one.page - A + B })),
  access: exchange(BASE + at),
  newSet: read(BASE + at),
  look: read(SHOWS_A + at),
})

/** A slot becomes read-only: an access that writes its last page. */
const restricted = (id: string, says: string, begun: Begun, access: Operation): Meeting => ({
  ...{ id, says, begun, access },
  before: [region(1, BASE, 2, A)],
  after: [region(1, BASE, 2, A, RO)],
  newSet: write(OBSERVER, BASE, '02'),
  look: read(SHOWS_A + 1),
})

const meetings: readonly Meeting[] = [
  reBacked(
    'steps/owed/last-frame',
    'a slot of several pages is backed anew; an exchange on its last one comes when they are drained',
    'late',
    [region(1, BASE, 4, A)],
    3,
  ),
  reBacked(
    'steps/owed/second-range',
    'two slots are backed anew; an exchange on the second one comes when their pages are drained',
    'late',
    [region(1, BASE, 1, A), region(2, BASE + 4, 1, A + 4)],
    4,
  ),
  reBacked(
    'steps/owed/fourth-vcpu',
    'a slot is backed anew; the fourth vCPU has begun an exchange on it',
    'early',
    [region(1, BASE, 1, A)],
    0,
  ),
  restricted(
    'steps/owed/exchange-of-restricted',
    'a slot becomes read-only; an exchange on it comes when its pages are drained',
    'late',
    exchange(BASE + 1),
  ),
  restricted(
    'steps/owed/write-of-restricted',
    'a slot becomes read-only; the fourth vCPU has begun a write to it',
    'early',
    write(LAST, BASE + 1, '01'),
  ),
]

export const owedByHand: readonly HandWritten[] = meetings.map(one => ({
  ...{ id: one.id, says: one.says },
  script: scriptOf(one),
}))
