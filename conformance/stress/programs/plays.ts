import { below, chance, pick, type Random, shuffled } from '../../../spec/generate/random.js'
import { LOG, RO } from '../../../spec/terms/slot.js'
import type { Layout, Region } from './layout.js'

/** How an access is made in a play. */
export type Kind = 'read' | 'write' | 'rmw' | 'fetch' | 'walk' | 'ad-update'

/** What a thread of a play may access: frames of a range. */
export interface Reach {
  readonly base: number
  readonly npages: number
  readonly kinds: readonly Kind[]
}

/** A play as programs: layouts of one space, gone through again and again by batches, while vCPUs access what they show. */
export interface ProgramPlay {
  readonly id: string
  readonly says: string
  readonly needs: readonly string[]
  /** The space that is updated. The vCPUs of `elsewhere` are in the other one, whose layout never changes. */
  readonly as: number
  readonly elsewhere?: { readonly as: number; readonly layout: (frames: number) => Layout }
  /** The layouts in their order. */
  readonly layouts: (frames: number, random: Random) => readonly Layout[]
  readonly reaches: (frames: number) => readonly Reach[]
  /**
   * Whether histories may be given to the oracle. It takes an update for one moment, and a write between publication and
   * return may or may not be in a log that is switched on (docs/semantics.md, page classes).
   */
  readonly isJudged: boolean
}

/** First host pages of the rows that slots are backed by. */
export const A = 0x100
export const B = 0x200
const C = 0x300
/** Bases of slots that only show a row, so that what is written to it can be seen whatever leads to it. */
const SHOWS_A = 0x400
const SHOWS_B = 0x800

const region = (id: number, base: number, npages: number, page: number, flags = 0): Region => ({
  id,
  base,
  npages,
  page,
  flags,
})
const showA = (frames: number): Region => region(10, SHOWS_A, frames, A, RO)
const showB = (frames: number): Region => region(11, SHOWS_B, frames, B, RO)

const DATA: readonly Kind[] = ['read', 'write', 'write', 'rmw', 'fetch']
const reach = (base: number, npages: number, kinds = DATA): Reach => ({ base, npages, kinds })
const shown = (frames: number): readonly Reach[] => [
  reach(SHOWS_A, frames, ['read']),
  reach(SHOWS_B, frames, ['read']),
]

const ordinary = { needs: [], as: 0, isJudged: true } as const

/** Slots that cover most frames, cut at random places, each backed by one row or the other. */
const drawLayout = (frames: number, random: Random, log: number): Layout => {
  const regions: Region[] = []
  const ids = shuffled(random, [0, 1, 2, 3])
  for (let base = 0; base < frames && regions.length < ids.length; ) {
    const npages = 1 + below(random, frames - base)
    const id = chance(random, 0.7) ? regions.length : (ids[regions.length] as number)
    const isThere = !chance(random, 0.1) && !regions.some(one => one.id === id)
    const flags = log | (chance(random, 0.2) ? RO : 0)
    if (isThere) regions.push(region(id, base, npages, pick(random, [A, B]) + base, flags))
    base += npages
  }
  return regions
}

export const programPlays: readonly ProgramPlay[] = [
  {
    ...ordinary,
    id: 'split-merge',
    needs: ['dirty-log'],
    says: 'a logged slot is split and merged: all its pages stay',
    layouts: n => [
      [region(1, 0, n, A, LOG)],
      [region(1, 0, n / 2, A, LOG), region(2, n / 2, n / 2, A + n / 2, LOG)],
      [region(2, 0, n, A, LOG)],
    ],
    reaches: n => [reach(0, n)],
  },
  {
    ...ordinary,
    id: 'move',
    needs: ['dirty-log'],
    says: 'a logged slot moves to other frames and back',
    layouts: n => [[region(1, 0, n, A, LOG)], [region(1, n, n, A, LOG)]],
    reaches: n => [reach(0, 2 * n)],
  },
  {
    ...ordinary,
    id: 're-back',
    says: 'other host pages come behind a slot, while both rows can be read',
    layouts: n => [
      [region(1, 0, n, A), showA(n), showB(n)],
      [region(1, 0, n, B), showA(n), showB(n)],
    ],
    reaches: n => [reach(0, n), ...shown(n)],
  },
  {
    ...ordinary,
    id: 'restrict',
    says: 'a slot becomes read-only and writable again',
    layouts: n => [[region(1, 0, n, A)], [region(1, 0, n, A, RO)]],
    reaches: n => [reach(0, n)],
  },
  {
    ...ordinary,
    id: 'log',
    says: 'the log of a slot is switched on, harvested, and switched off',
    isJudged: false,
    needs: ['dirty-log'],
    layouts: n => [[region(1, 0, n, A)], [region(1, 0, n, A, LOG)]],
    reaches: n => [reach(0, n, ['write'])],
  },
  {
    ...ordinary,
    id: 'harvest',
    needs: ['dirty-log'],
    says: 'a logged slot is harvested, split, merged and backed anew',
    layouts: n => [
      [region(1, 0, n, A, LOG)],
      [region(1, 0, n / 2, A, LOG), region(2, n / 2, n / 2, A + n / 2, LOG)],
      [region(3, 0, n, A, LOG)],
      [region(3, 0, n, B, LOG)],
    ],
    reaches: n => [reach(0, n, ['write', 'write', 'rmw', 'read'])],
  },
  {
    ...ordinary,
    id: 'exchange',
    needs: ['dirty-log'],
    says: 'two logged slots exchange their ranges',
    layouts: n => [
      [region(1, 0, n, A, LOG), region(2, n, n, B, LOG)],
      [region(2, 0, n, B, LOG), region(1, n, n, A, LOG)],
    ],
    reaches: n => [reach(0, 2 * n)],
  },
  {
    ...ordinary,
    id: 'hole',
    says: 'a hole is punched into a slot and filled with other pages',
    layouts: n => [
      [region(1, 0, n, A), showA(n)],
      [region(1, 0, n / 2, A), showA(n)],
      [region(1, 0, n / 2, A), region(2, n / 2, n / 2, B + n / 2), showA(n)],
    ],
    reaches: n => [reach(0, n), reach(SHOWS_A, n, ['read'])],
  },
  {
    ...ordinary,
    id: 'smm',
    says: 'a logged slot of space 0 is backed anew, while vCPUs in space 1 see none of it',
    needs: ['dirty-log', 'spaces', 'smm'],
    elsewhere: { as: 1, layout: n => [region(1, 0, n, C, LOG)] },
    layouts: n => [[region(1, 0, n, A, LOG)], [region(1, 0, n, B, LOG)]],
    reaches: n => [reach(0, n)],
  },
  {
    ...ordinary,
    id: 'fetch',
    says: 'code lies across two pages, of which one is backed anew',
    layouts: n => [
      [region(1, 0, n, A), showB(n)],
      [region(1, 0, n / 2, A), region(2, n / 2, n / 2, B + n / 2), showB(n)],
    ],
    reaches: n => [reach(n / 2 - 1, 2, ['fetch', 'fetch', 'write']), reach(SHOWS_B + n / 2, 1, ['read'])],
  },
  {
    ...ordinary,
    id: 'tables',
    says: 'the slot of page tables is backed anew under walks',
    needs: ['dirty-log', 'walk'],
    layouts: n => [
      [region(1, 0, n, A, LOG), showA(n), showB(n)],
      [region(1, 0, n, B, LOG), showA(n), showB(n)],
    ],
    reaches: n => [reach(0, n, ['walk', 'ad-update', 'walk']), ...shown(n)],
  },
  {
    ...ordinary,
    id: 'drawn',
    needs: ['dirty-log'],
    says: 'slots are cut, backed and restricted at random',
    layouts: (n, random) => {
      const log = chance(random, 0.5) ? LOG : 0
      return Array.from({ length: 16 }, () => drawLayout(n, random, log))
    },
    reaches: n => [reach(0, n)],
  },
]
