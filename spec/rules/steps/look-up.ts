import { not, type Rule } from '../../rewrite/index.js'
import {
  NOWHERE,
  type OfVcpu,
  type StepCells,
  type StepVcpu,
  type Translation,
} from '../../terms/steps/cells.js'
import type { StepSlot } from '../../terms/steps/slots.js'
import type { Want } from '../../terms/steps/world.js'
import { become, beginsNow, complete, endAs, free, hold, inOrder, wait, waitOutside } from './become.js'
import {
  asOne,
  blocked,
  cached,
  deferred,
  derivedAt,
  disabled,
  exitRetried,
  frameOf,
  invalid,
  invalidRetried,
  knownAbsent,
  loadsFirst,
  ofKernel,
  oneBlocked,
  present,
  readOnly,
  shadowed,
  slotMet,
  updatesTable,
} from './meets.js'
import { observe } from './observe.js'
import { station } from './station.js'

const alone = [not(asOne)]
const lookUp = [...alone, not(cached), not(blocked)]
const live = [...lookUp, present, not(disabled), not(invalid)]

/** The load of an atomic operation has ended as an exit; its store is an access that starts now. */
const storeAfresh = (cells: OfVcpu): Partial<StepVcpu> => {
  const want: Want = cells.self.want?.store ?? { kind: 'write', frames: [frameOf(cells)], begun: true }
  const { cache, interrupts } = cells.self
  return { ...free(cells), at: 'looking', want, cache, interrupts, began: beginsNow(cells) }
}

/** The vCPU with the hole remembered, where the design has vCPUs remember holes. */
const remembering = (cells: OfVcpu): OfVcpu => {
  const { self, world } = cells
  if (world.behaviour.absences !== true) return cells
  const hole: Translation = { space: self.space, frame: frameOf(cells), hva: NOWHERE, ro: false, log: -1 }
  const others = self.cache.filter(t => t.space !== hole.space || t.frame !== hole.frame)
  return { ...cells, self: { ...self, cache: inOrder([...others, hole]) } }
}

/** The access holds a read-only page, to read it and store nothing. */
const readAt = (cells: OfVcpu): OfVcpu => {
  const slot = slotMet(cells) as StepSlot // present
  const frame = frameOf(cells)
  const { space } = cells.self
  const taken = { space, frame, hva: slot.hva + frame - slot.base, ro: slot.ro, log: -1 }
  const want: Want = { kind: 'read', frames: [frame] }
  return { ...cells, self: { ...cells.self, want, next: 0, hold: taken } }
}

/** The fetch holds its page by what was read of the table when that was walked. */
const servedByShadow = (cells: OfVcpu): StepCells => {
  const { hva = 0 } = derivedAt(cells)?.via ?? {}
  const { seen, explained } = observe(cells, cells.self, frameOf(cells), { kind: 'memory', hva })
  return become(cells, { at: 'held', hold: derivedAt(cells), next: 1, explained, owedTurn: false }, { seen })
}

/** What a vCPU that looks up a frame meets. */
export const lookUpRules: readonly Rule<StepCells>[] = [
  station(
    'vcpu.hit',
    'looking',
    'A cached translation serves the access: it holds the set published now.',
    [...alone, cached],
    cells => hold(cells, [frameOf(cells)]),
  ),
  station(
    'vcpu.shadow-hit',
    'looking',
    'A translation that an earlier walk derived serves the fetch: the table is not read again.',
    [...alone, shadowed],
    servedByShadow,
  ),
  station(
    'vcpu.wait',
    'looking',
    'A blocked page makes the access wait, holding nothing.',
    [...alone, not(cached), blocked, not(ofKernel)],
    wait,
  ),
  station(
    'vcpu.kernel-defers',
    'looking',
    'An access of the kernel’s own to a blocked page is put off: EAGAIN, and it has met nothing.',
    [...alone, not(cached), blocked, ofKernel, deferred],
    cells => become(cells, free(cells)),
  ),
  station(
    'vcpu.kernel-errs',
    'looking',
    'On a path that can neither wait nor defer, a blocked page ends an access of the kernel’s own as a hole does: EFAULT.',
    [...alone, not(cached), blocked, ofKernel, not(deferred)],
    cells => endAs(cells, { kind: 'hole' }),
  ),
  station(
    'vcpu.obtain',
    'looking',
    'The access takes its translation from the published set.',
    [...live, not(readOnly)],
    cells => hold(cells, [frameOf(cells)]),
  ),
  station(
    'vcpu.wait-whole',
    'looking',
    'An access that crosses pages waits before its first byte if one of them makes it wait.',
    [asOne, oneBlocked],
    wait,
  ),
  station(
    'vcpu.obtain-whole',
    'looking',
    'An access that crosses pages takes all its translations under one set.',
    [asOne, not(oneBlocked)],
    cells => hold(cells, cells.self.want?.frames ?? []),
  ),
  station(
    'vcpu.mmio',
    'looking',
    'A write to a read-only page is an exit to a device.',
    [...live, readOnly, not(loadsFirst), not(updatesTable)],
    cells => endAs(cells, { kind: 'mmio' }),
  ),
  station(
    'vcpu.rmw-mmio',
    'looking',
    'On a read-only page an atomic operation reads memory and exits with its result.',
    [...live, readOnly, loadsFirst],
    cells => endAs({ ...cells, seen: complete(readAt(cells)).seen }, { kind: 'mmio' }),
  ),
  station(
    'vcpu.ad-skipped',
    'looking',
    'In a table that is read-only no accessed or dirty bit is set.',
    [...live, readOnly, updatesTable],
    cells => complete(readAt(cells)),
  ),
  station(
    'vcpu.disabled',
    'looking',
    'An access to a disabled slot exits, and userspace retries it.',
    [...lookUp, present, disabled, not(ofKernel)],
    waitOutside,
  ),
  station(
    'vcpu.kernel-disabled',
    'looking',
    'An access of the kernel’s own cannot exit: a disabled slot is an error to it, as a hole is.',
    [...lookUp, present, disabled, ofKernel],
    cells => endAs(cells, { kind: 'hole' }),
  ),
  station(
    'vcpu.invalid',
    'looking',
    'An access to an INVALID slot is retried.',
    [...lookUp, present, not(disabled), invalid, invalidRetried],
    wait,
  ),
  station(
    'vcpu.invalid-hole',
    'looking',
    'On a path that does not retry, INVALID is a hole.',
    [...lookUp, present, not(disabled), invalid, not(invalidRetried)],
    cells => endAs(cells, { kind: 'hole' }),
  ),
  station(
    'vcpu.exit',
    'looking',
    'A fetch from a hole exits with its address, and userspace retries it.',
    [...lookUp, not(present), exitRetried],
    waitOutside,
  ),
  station(
    'vcpu.hole',
    'looking',
    'An access to a hole ends as MMIO, or as a failed fetch.',
    [...lookUp, not(present), not(exitRetried), not(loadsFirst)],
    cells => endAs(remembering(cells), { kind: 'hole' }),
  ),
  station(
    'vcpu.known-hole',
    'looking',
    'What is remembered of a hole serves an access as a look-up would.',
    [...alone, knownAbsent, not(loadsFirst)],
    cells => endAs(cells, { kind: 'hole' }),
  ),
  station(
    'vcpu.rmw-hole',
    'looking',
    'The load of an atomic operation ends as an exit; its store looks up again.',
    [...lookUp, not(present), not(exitRetried), loadsFirst],
    cells => endAs(cells, { kind: 'hole' }, storeAfresh(cells)),
  ),
]
