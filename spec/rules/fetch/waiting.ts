import { not, type Premise, premise, type Rule } from '../../rewrite/index.js'
import type { Cells } from '../../terms/cells.js'
import { hasPage, noPages } from '../../terms/page-set.js'
import { onward, type Walking } from '../../terms/walking.js'
import { semantics } from '../cite.js'
import { at, belowSecondStage } from '../walk/station.js'
import { oneSlotAtATime, restarted } from './change.js'
import { blocked, data, delivery, due, page, sought, table, tops } from './seeking.js'

const takenForWrite: Premise<Walking> = premise(
  'table-blocked-for-writes',
  {
    holds: 'the look-up is of a table below a second stage, blocked for writes alone',
    fails: 'the look-up is not of a table below a second stage that is blocked for writes alone',
  },
  cells =>
    cells.walk.seeking === 'table' &&
    belowSecondStage.holds(cells) &&
    hasPage(cells.walk.meanwhile?.restricted ?? noPages, cells.walk.gfn),
  cells => ({ ...sought(cells), ...belowSecondStage.shows(cells), ...cells.walk.meanwhile }),
)
const cites = [semantics('Retry'), semantics('Fetch-atomic')]

/** What a look-up meets while slots change, where the whole fetch is one access. */
export const waitingRules: readonly Rule<Cells>[] = [
  at('seek', {
    id: 'look-up.undisturbed',
    says: 'A frame that no change blocks is looked up at once.',
    cites,
    when: [not(due), not(blocked)],
    rewrite: cells => onward(cells, { at: cells.walk.seeking }),
  }),
  at('seek', {
    id: 'retry.table',
    says: 'A table page that is blocked makes the whole fetch wait, holding nothing, and begin again in the set published after.',
    cites,
    when: [not(due), blocked, not(oneSlotAtATime), table],
    rewrite: restarted,
  }),
  at('seek', {
    id: 'retry.pdptes',
    says: 'A blocked page of PAE’s top entries makes the whole fetch wait too, where KVM loads them.',
    cites,
    when: [not(due), blocked, not(oneSlotAtATime), tops],
    rewrite: restarted,
  }),
  at('seek', {
    id: 'retry.page',
    says: 'A blocked page of the instruction makes the whole fetch wait too, even if its other page was found already.',
    cites,
    when: [not(due), blocked, not(oneSlotAtATime), page],
    rewrite: restarted,
  }),
  at('seek', {
    id: 'retry.data',
    says: 'A blocked page of data makes the whole access wait, and begin again in the set published after.',
    cites,
    when: [not(due), blocked, not(oneSlotAtATime), data],
    rewrite: restarted,
    notes: {
      why: 'Bytes stored on a first page are stored there again: it is not blocked, so it stays what it is.',
    },
  }),
  at('seek', {
    id: 'retry.accessed',
    says: 'A table page that is blocked for writes makes the whole fetch wait too, where an accessed bit is to be set in it.',
    cites,
    when: [
      not(due),
      blocked,
      not(oneSlotAtATime),
      not(table),
      not(page),
      not(data),
      not(tops),
      not(delivery),
    ],
    rewrite: restarted,
    notes: { why: 'Bits that were set before stay set: they only say that the entry may have been used.' },
  }),
  at('seek', {
    id: 'retry.delivery',
    says: 'A blocked page of the root makes the delivery of an exception wait, which is queued still.',
    cites,
    when: [not(due), blocked, not(oneSlotAtATime), delivery],
    rewrite: restarted,
  }),
  at('seek', {
    id: 'retry.table-as-write',
    says: 'A second stage may take every access to a table for a write: a table that is blocked for writes may make the fetch wait.',
    cites: [semantics('Page classes')],
    when: [not(due), not(blocked), takenForWrite],
    rewrite: restarted,
    notes: {
      variation:
        'AMD’s does, and Intel’s if it has accessed and dirty bits of its own; otherwise it does not.',
    },
  }),
]
