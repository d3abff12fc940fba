import { not, type Premise, premise, type Rule, rule } from '../../rewrite/index.js'
import { type Calling, type Cells, generationOf, withSpace } from '../../terms/cells.js'
import { clear } from '../../terms/dirty-log.js'
import type { ClearDirtyCall } from '../../terms/operation.js'
import { intersect, ofRuns, pageRange } from '../../terms/page-set.js'
import type { Errno } from '../../terms/result.js'
import type { Slot } from '../../terms/slot.js'
import { withLog } from '../../terms/slot.js'
import { type Space, withSlot } from '../../terms/space.js'
import { refuse, succeedIn } from '../answer.js'
import { argumentReadable, callerOwnsVm } from '../circumstances.js'
import { linux, observed, semantics } from '../cite.js'
import * as is from './log-premises.js'

type Clearing = Calling<ClearDirtyCall>
export const clearing = { call: { op: 'clear-dirty' } } as const

const firstAligned: Premise<Clearing> = premise(
  'first-aligned',
  { holds: 'the first page is a multiple of 64', fails: 'the first page is not a multiple of 64' },
  ({ call }) => call.first % 64n === 0n,
  ({ call }) => ({ first: call.first }),
)
const rangeWithinSlot: Premise<Clearing> = premise(
  'range-within-slot',
  {
    holds: 'the range lies in the slot, and its length is a multiple of 64 unless it ends with the slot',
    fails: 'the range leaves the slot, or its length is not a multiple of 64 and it ends before the slot',
  },
  cells => {
    const { first, count } = cells.call
    const left = BigInt(is.logged(cells)?.npages ?? 0) - first
    return left >= 0n && BigInt(count) <= left && (BigInt(count) === left || count % 64 === 0)
  },
  cells => ({ first: cells.call.first, count: cells.call.count, npages: is.logged(cells)?.npages }),
)
const bitmapReadIfAny: Premise<Clearing> = premise(
  'bitmap-read',
  {
    holds: 'the bitmap can be read, or is not needed since no page is named',
    fails: 'the bitmap is needed and cannot be read',
  },
  ({ call }) => call.bitmap !== 'bad' || call.count === 0,
  ({ call }) => ({ bitmap: call.bitmap ?? 'readable', count: call.count }),
)
/** The generation that the call names; null without one, and for a kernel whose struct has no room for it. */
const generationNamed = ({ call, params }: Clearing): number | null =>
  params.profile === 'linux' ? null : (call.generation ?? null)

const notStale: Premise<Clearing> = premise(
  'not-stale',
  {
    holds: 'no generation is taken or named, or the slot has been where it is since then',
    fails: 'the slot was replaced after the generation the caller names',
  },
  cells => {
    const named = generationNamed(cells)
    return named === null || named >= (is.logged(cells)?.since ?? 0)
  },
  cells => ({ generation: cells.call.generation, since: is.logged(cells)?.since }),
)
const generationReached: Premise<Clearing> = premise(
  'generation-reached',
  {
    holds: 'no generation is taken or named, or one that has been published',
    fails: 'the generation the caller names has not been published',
  },
  cells => {
    const named = generationNamed(cells)
    return named === null || named <= generationOf(cells, cells.call.as)
  },
  cells => ({ generation: cells.call.generation, current: generationOf(cells, cells.call.as) }),
)

const checks: readonly Premise<Clearing>[] = [
  callerOwnsVm,
  argumentReadable,
  is.bitmapsInUse,
  is.namesAUserSlot,
  firstAligned,
  is.hasBitmap,
  rangeWithinSlot,
  bitmapReadIfAny,
  notStale,
  generationReached,
]

const refusal = (
  id: string,
  says: string,
  errno: Errno,
  check: Premise<Clearing>,
  own: readonly Premise<Clearing>[] = [],
): Rule<Cells> =>
  rule<Cells, Clearing>({
    id,
    kind: 'call fails',
    says,
    cites:
      errno === 'ESTALE' || id === 'clear.future'
        ? [semantics('Since')]
        : [linux('virt/kvm/kvm_main.c', 'kvm_clear_dirty_log_protect'), observed('CLEAR')],
    match: clearing,
    after: checks.slice(0, checks.indexOf(check)),
    when: [...own, not(check)],
    rewrite: cells => refuse(cells, errno),
  })

export const clearRules: readonly Rule<Cells>[] = [
  refusal('clear.stranger', 'Only the process that created a VM may clear its logs.', 'EIO', callerOwnsVm),
  refusal('clear.argument', 'An argument that cannot be read fails the call.', 'EFAULT', argumentReadable),
  refusal('clear.ring', 'Where a dirty ring is in use there are no bitmaps.', 'ENXIO', is.bitmapsInUse),
  refusal(
    'clear.slot',
    'The address space must exist and the id be a user slot’s.',
    'EINVAL',
    is.namesAUserSlot,
  ),
  refusal(
    'clear.first',
    'The first page is a multiple of 64; that is checked before the slot is looked up.',
    'EINVAL',
    firstAligned,
  ),
  refusal(
    'clear.no-log',
    'A slot that is missing or not logged has no bitmap to clear.',
    'ENOENT',
    is.hasBitmap,
  ),
  refusal(
    'clear.range',
    'The range lies in the slot, in whole words unless it ends with it.',
    'EINVAL',
    rangeWithinSlot,
    [is.hasBitmap],
  ),
  refusal(
    'clear.bitmap',
    'A bitmap that cannot be read fails the call before a bit is cleared.',
    'EFAULT',
    bitmapReadIfAny,
    [is.hasBitmap],
  ),
  rule<Cells, Clearing>({
    id: 'clear.consume',
    kind: 'call succeeds',
    says: 'The named bits are cleared, and only they; bits beyond the range are padding.',
    cites: [linux('virt/kvm/kvm_main.c', 'kvm_clear_dirty_log_protect'), observed('Manual protect')],
    match: clearing,
    when: checks,
    rewrite: cells => {
      const { as, first, count, pages } = cells.call
      const slot = is.logged(cells) as Slot // hasBitmap
      const space = cells.spaces[as] as Space // hasBitmap
      const named = intersect(ofRuns(pages), pageRange(Number(first), Number(first) + count))
      const cleared = withLog(slot, clear(is.logOf(cells), named))
      return succeedIn(
        withSpace<Cells>(cells, as, { slots: withSlot(space.slots, cleared), swaps: space.swaps }),
        as,
      )
    },
  }),
]

/** A generation is taken by the batch's kernel only: the struct of Linux's CLEAR has no room for one. */
export const clearGenerationRules: readonly Rule<Cells>[] = [
  refusal(
    'clear.stale',
    'If the slot was replaced after the generation that the caller names, the call is refused and clears nothing.',
    'ESTALE',
    notStale,
    [is.hasBitmap],
  ),
  refusal(
    'clear.future',
    'A generation that has not been published is refused.',
    'EINVAL',
    generationReached,
    [is.hasBitmap],
  ),
]
