import { not, type Premise, type Rule, rule } from '../../rewrite/index.js'
import { bitmapBytes } from '../../terms/carry.js'
import { type Calling, type Cells, generationOf, withLogOf } from '../../terms/cells.js'
import { cleanLog } from '../../terms/dirty-log.js'
import type { GetDirtyCall } from '../../terms/operation.js'
import type { Errno, Result } from '../../terms/result.js'
import type { Slot } from '../../terms/slot.js'
import { answer, refuse } from '../answer.js'
import { argumentReadable, callerOwnsVm } from '../circumstances.js'
import { linux, observed, semantics } from '../cite.js'
import * as is from './log-premises.js'

type Getting = Calling<GetDirtyCall>
export const getting = { call: { op: 'get-dirty' } } as const

const checks: readonly Premise<Getting>[] = [
  callerOwnsVm,
  argumentReadable,
  is.bitmapsInUse,
  is.namesAUserSlot,
  is.hasBitmap,
]

const refusal = (id: string, says: string, errno: Errno, check: Premise<Getting>): Rule<Cells> =>
  rule<Cells, Getting>({
    id,
    kind: 'call fails',
    says,
    cites: [linux('virt/kvm/kvm_main.c', 'kvm_get_dirty_log_protect'), observed('GET')],
    match: getting,
    after: checks.slice(0, checks.indexOf(check)),
    when: [not(check)],
    rewrite: cells => refuse(cells, errno),
  })

/** The bits are taken: every one of them, reported or not. */
const consume = (cells: Getting): Cells => {
  const slot = is.logged(cells) as Slot // hasBitmap
  return withLogOf<Cells>(cells, cells.call.as, slot, cleanLog)
}

const reported = (cells: Getting): Result => {
  const { as, id } = cells.call
  const bytes = bitmapBytes(is.logged(cells)?.npages ?? 0)
  return { is: 'log', as, id, ...is.logOf(cells), bytes, generation: generationOf(cells, as) }
}

export const getRules: readonly Rule<Cells>[] = [
  refusal('get.stranger', 'Only the process that created a VM may read its logs.', 'EIO', callerOwnsVm),
  refusal('get.argument', 'An argument that cannot be read fails the call.', 'EFAULT', argumentReadable),
  refusal('get.ring', 'Where a dirty ring is in use there are no bitmaps.', 'ENXIO', is.bitmapsInUse),
  refusal(
    'get.slot',
    'The address space must exist and the id be a user slot’s.',
    'EINVAL',
    is.namesAUserSlot,
  ),
  refusal(
    'get.no-log',
    'A slot that is missing or not logged has no bitmap to read.',
    'ENOENT',
    is.hasBitmap,
  ),
  rule<Cells, Getting>({
    id: 'get.lost',
    kind: 'call fails',
    says: 'Without manual protect the bits are taken before they are copied out: a bitmap that faults loses them.',
    cites: [
      linux('virt/kvm/kvm_main.c', 'kvm_get_dirty_log_protect'),
      observed('GET into a bitmap that faults'),
    ],
    match: getting,
    after: checks,
    when: [is.hasBitmap, not(is.protectsManually), not(is.bitmapReachable)],
    rewrite: cells => refuse(consume(cells) as Getting, 'EFAULT'),
    notes: { why: 'The caller learns that it failed, not which pages it lost.' },
  }),
  rule<Cells, Getting>({
    id: 'get.kept',
    kind: 'call fails',
    says: 'Under manual protect GET takes nothing, so a bitmap that faults loses nothing.',
    cites: [linux('virt/kvm/kvm_main.c', 'kvm_get_dirty_log_protect'), semantics('Dirty logs')],
    match: getting,
    after: checks,
    when: [is.hasBitmap, is.protectsManually, not(is.bitmapReachable)],
    rewrite: cells => refuse(cells, 'EFAULT'),
  }),
  rule<Cells, Getting>({
    id: 'get.consume',
    kind: 'call succeeds',
    says: 'Without manual protect GET is the harvest: it reports the bits and clears them.',
    cites: [linux('virt/kvm/kvm_main.c', 'kvm_get_dirty_log_protect'), observed('LOG at creation')],
    match: getting,
    when: [...checks, not(is.protectsManually), is.bitmapReachable],
    rewrite: cells => answer(consume(cells), reported(cells)),
  }),
  rule<Cells, Getting>({
    id: 'get.report',
    kind: 'call succeeds',
    says: 'Under manual protect GET reports the bits and leaves them.',
    cites: [linux('virt/kvm/kvm_main.c', 'kvm_get_dirty_log_protect'), observed('Manual protect')],
    match: getting,
    when: [...checks, is.protectsManually, is.bitmapReachable],
    rewrite: cells => answer(cells, reported(cells)),
  }),
]
