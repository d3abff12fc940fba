import { type Rule, rule } from '../../rewrite/index.js'
import { type Cells, withSpace } from '../../terms/cells.js'
import { noPages, ofRuns } from '../../terms/page-set.js'
import { slotById, withSlot } from '../../terms/space.js'
import { documented, semantics } from '../cite.js'
import * as a from './premises.js'

const settle = (cells: Cells): Cells => ({ ...cells, returned: null, seen: null })

/** Under manual protect a report consumes nothing, so what it said of uncertain bits is known from now on. */
const learn = (cells: a.LogAnswer): Cells => {
  const { as, id, maybe } = cells.returned
  const space = cells.spaces[as]
  const slot = space === undefined ? null : slotById(space, id)
  if (cells.protect === 0 || maybe.length === 0 || space === undefined || slot === null) return settle(cells)
  const dirty = { set: ofRuns(cells.seen.bits ?? []), maybe: noPages }
  return settle(withSpace<Cells>(cells, as, { ...space, slots: withSlot(space.slots, { ...slot, dirty }) }))
}

const generation = <C extends Cells>() =>
  a.same<C>(
    'generation',
    {
      holds: 'the generation, if answered, is that of the space',
      fails: 'the generation is not that of the space',
    },
    true,
  )

/** How a result of the specification and an answer of an implementation agree: one rule for each kind of result. */
export const answerRules: readonly Rule<Cells>[] = [
  rule<Cells, a.ErrorAnswer>({
    id: 'answer.error',
    kind: 'return',
    says: 'A failure answers its errno, and a batch’s the index of the entry at fault and the bytes of result space that were needed.',
    cites: [semantics('Validation'), documented('4.35')],
    match: { returned: { is: 'error' }, seen: { is: 'error' } },
    when: [
      a.same(
        'errno',
        {
          holds: 'the errno is the one the specification gives',
          fails: 'the errno is not the one the specification gives',
        },
        false,
      ),
      a.same(
        'index',
        {
          holds: 'the index is the one the specification gives',
          fails: 'the index is not the one the specification gives',
        },
        false,
      ),
      a.same(
        'bound',
        {
          holds: 'the bound is the one the specification gives',
          fails: 'the bound is not the one the specification gives',
        },
        false,
      ),
    ],
    rewrite: settle,
  }),
  rule<Cells, a.DoneAnswer>({
    id: 'answer.done',
    kind: 'return',
    says: 'A success without a result answers at most the generation.',
    cites: [documented('4.35')],
    match: { returned: { is: 'done' }, seen: { is: 'ok' } },
    when: [generation<a.DoneAnswer>()],
    rewrite: settle,
  }),
  rule<Cells, a.LogAnswer>({
    id: 'answer.log',
    kind: 'return',
    says: 'A harvest reports at least every page written, and nothing that exact hardware did not write.',
    cites: [semantics('Dirty log'), documented('4.8')],
    match: { returned: { is: 'log' }, seen: { is: 'ok' } },
    when: [
      a.reportsBits,
      a.reportsEveryWrite,
      a.reportsNothingElse,
      a.same(
        'bytes',
        {
          holds: 'the number of bytes, if answered, is that of the slot’s bitmap in whole words',
          fails: 'the number of bytes is not that of the slot’s bitmap in whole words',
        },
        true,
      ),
      generation<a.LogAnswer>(),
    ],
    rewrite: learn,
  }),
  rule<Cells, a.BatchAnswer>({
    id: 'answer.batch',
    kind: 'return',
    says: 'A batch answers the generation it published and the bits it retired.',
    cites: [semantics('Retired bits')],
    match: { returned: { is: 'batch' }, seen: { is: 'ok' } },
    when: [generation<a.BatchAnswer>(), a.reportsRetired],
    rewrite: settle,
  }),
  rule<Cells, a.FoundAnswer>({
    id: 'answer.found',
    kind: 'return',
    says: 'A look-up finds the slot behind the frame, or none.',
    cites: [semantics('Properties')],
    match: { returned: { is: 'found' }, seen: { is: 'ok' } },
    when: [
      a.same(
        'found',
        {
          holds: 'the slot found is the one behind the frame',
          fails: 'the slot found is not the one behind the frame',
        },
        false,
      ),
    ],
    rewrite: settle,
  }),
  rule<Cells, a.RangesAnswer>({
    id: 'answer.ranges',
    kind: 'return',
    says: 'A host range is answered by all frames it backs, by space and frame.',
    cites: [semantics('Slot')],
    match: { returned: { is: 'ranges' }, seen: { is: 'ok' } },
    when: [
      a.same(
        'ranges',
        {
          holds: 'the ranges are those the host range backs',
          fails: 'the ranges are not those the host range backs',
        },
        false,
      ),
    ],
    rewrite: settle,
  }),
  rule<Cells, a.LoadedAnswer>({
    id: 'answer.loaded',
    kind: 'return',
    says: 'Registers are loaded, or the guest that loads them takes an exception.',
    cites: [semantics('5. The fetch path')],
    match: { returned: { is: 'loaded' }, seen: { is: 'ok' } },
    when: [
      a.same(
        'exception',
        {
          holds: 'the exception is the one the specification gives, or none',
          fails: 'the exception is not the one the specification gives',
        },
        false,
      ),
    ],
    rewrite: settle,
  }),
  rule<Cells, a.AccessAnswer>({
    id: 'answer.access',
    kind: 'return',
    says: 'An access ends as its slot says, and reads what was last written.',
    cites: [semantics('Access')],
    match: { returned: { is: 'access' }, seen: { is: 'access' } },
    when: [
      a.same(
        'end',
        {
          holds: 'the access ends as the specification says',
          fails: 'the access does not end as the specification says',
        },
        false,
      ),
      a.same(
        'errno',
        {
          holds: 'the errno, if answered, is the one the specification gives',
          fails: 'the errno is not the one the specification gives',
        },
        true,
      ),
      a.same(
        'data',
        {
          holds: 'the bytes, if answered, are those last written',
          fails: 'the bytes are not those last written',
        },
        true,
      ),
      a.sameDetail('exception', {
        holds: 'the exception is the one the specification gives',
        fails: 'the exception is not the one the specification gives',
      }),
      a.sameDetail('exit', {
        holds: 'what the exit says, if answered, is what the specification gives',
        fails: 'what the exit says is not what the specification gives',
      }),
      a.sameDetail('mmio', {
        holds: 'the exits as MMIO, if answered, are those that the specification gives, in order',
        fails: 'the exits as MMIO are not those that the specification gives',
      }),
      a.sameDetail('gpa', {
        holds: 'the gpa, if answered, is the one the tables lead to',
        fails: 'the gpa is not the one the tables lead to',
      }),
      a.sameDetail('rights', {
        holds: 'the rights, if answered, are those of all entries together',
        fails: 'the rights are not those of all entries together',
      }),
    ],
    rewrite: settle,
  }),
]
