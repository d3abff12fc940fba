import { replaceAll } from '../../../spec/terms/build-batch.js'
import { u64 } from '../../../spec/terms/numbers.js'
import { type BatchCall, HARVEST } from '../../../spec/terms/operation.js'
import type { Seen, SeenRetired } from '../../../spec/terms/result.js'
import type { StepCells } from '../../../spec/terms/steps/cells.js'
import type { StepSlot } from '../../../spec/terms/steps/slots.js'
import type { World } from '../../../spec/terms/steps/world.js'
import type { RunStep } from '../../explore/result.js'
import { frameIn, pagesSet, wholeSlot } from './places.js'
import type { Recorder } from './recorder.js'

/** Bytes of the result: enough for all that a small update retires. */
const RESULT_BYTES = 4096

const batchOf = ({ before, after }: World): BatchCall => ({
  op: 'batch',
  as: 0,
  flags: HARVEST,
  resultSize: u64(RESULT_BYTES),
  entries: replaceAll(before.map(wholeSlot), after.map(wholeSlot)),
})

const recordOf = (slot: StepSlot, bits: number): readonly SeenRetired[] => {
  const pages = pagesSet(slot, bits)
  const count = pages.reduce((sum, [, n]) => sum + n, 0)
  const { id, base, npages } = slot
  return count === 0 ? [] : [{ id, base: frameIn(base), npages, count, bits: pages }]
}

/** Records the update as one batch, which begins once and ends once, whatever calls the design makes of it. */
export const updateRecords = (to: Recorder) => {
  let call: number | null = null
  /** Retired bits, by bitmap. */
  const retired = new Map<number, number>()

  const answer = ({ world, updater }: StepCells): Seen =>
    updater.ended === 'failed'
      ? { is: 'error', errno: 'ENOMEM', index: -1 }
      : {
          is: 'ok',
          retired: world.before
            .toSorted((a, b) => a.id - b.id)
            .flatMap(slot => recordOf(slot, retired.get(slot.log) ?? 0)),
        }

  return (before: StepCells, { cells }: RunStep<StepCells>): void => {
    if (cells.self.kind !== 'updater') return
    call ??= to.begin(batchOf(cells.world), 0)
    const micro = before.world.script[before.updater.pc]
    if (micro?.kind === 'retire') {
      const pages = micro.pages.reduce((bits, page) => bits | (1 << page), 0)
      const bits = (before.logs[micro.log] ?? 0) & pages
      retired.set(micro.log, (retired.get(micro.log) ?? 0) | bits)
    }
    const { ended } = cells.updater
    if (ended !== before.updater.ended && ended !== 'unspecified' && ended !== 'aborted')
      to.end(call, answer(cells))
  }
}
