import { below, chance, operationOn, pick, type Random, shuffled } from '../../spec/generate/index.js'
import { type Cells, initialMachine } from '../../spec/terms/cells.js'
import type { Operation, PlainOperation } from '../../spec/terms/operation.js'
import { accept, effectsOf } from '../effects.js'
import { type Config, parametersOf } from '../wire/config.js'
import type { TraceRecord } from '../wire/record.js'
import { answerTo } from './answer.js'
import { begins, complete, ends } from './records.js'

/** An operation as it may stand in a trace: an entry of a paging structure has eight bytes. */
export const onTheWire = (operation: Operation): Operation =>
  operation.op === 'ad-update'
    ? { ...operation, offset: operation.offset & 0xff8, data: operation.data.padEnd(16, '0') }
    : operation

export const drawn = (r: Random, cells: Cells, ...kinds: readonly PlainOperation['op'][]): Operation =>
  onTheWire(kinds.length === 0 ? operationOn(r, cells) : operationOn(r, cells, kinds))

/** Few slots and a few vCPUs, so that operations meet. */
export const SMALL: Config = { slotLimit: 8, internalIds: [9] }

/** A history that the specification explains, and the machine on which it ends. */
export interface History {
  readonly records: readonly TraceRecord[]
  readonly cells: Cells
}

const opening = (r: Random, n: number, cells: Cells): Operation => {
  if (n < 2) return { op: 'create-vcpu', vcpu: n }
  return n < 6 ? drawn(r, cells, 'set', 'batch') : drawn(r, cells)
}

/**
 * A history of `operations` operations on a fresh machine, each drawn for the machine as it then is and answered by the
 * specification. With several threads they come in rounds: the operations of a round begin together, take effect in a
 * random order and end in the same or in another.
 */
export const historyOf = (r: Random, operations: number, config: Config = SMALL, threads = 1): History => {
  const records: TraceRecord[] = []
  let cells = initialMachine(parametersOf(config))
  for (let n = 0; n < operations; ) {
    const wide = n < 6 ? 1 : Math.min(operations - n, threads === 1 ? 1 : 1 + below(r, threads))
    const round = Array.from({ length: wide }, (_, tid) => ({
      n: n + tid,
      tid,
      operation: opening(r, n, cells),
    }))
    records.push(...round.map(one => begins(one.n, one.operation, one.tid)))
    const answered = shuffled(r, round).map(one => {
      const effect = pick(r, effectsOf(cells, one.operation))
      const seen = answerTo(r, effect.result)
      // The answer may settle uncertain bits; the history goes on from the machine after it.
      cells = accept(effect, seen) ?? cells
      return ends(one.n, seen)
    })
    records.push(...(chance(r, 0.5) ? answered : shuffled(r, answered)))
    n += wide
  }
  return { records: [...records, complete], cells }
}
