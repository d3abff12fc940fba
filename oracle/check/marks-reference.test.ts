import { describe, expect, it } from 'vitest'
import { below, chance, pick, type Random, seeded, setOf } from '../../spec/generate/index.js'
import { batchCall, entryFor } from '../../spec/terms/build-batch.js'
import { type Cells, initialMachine, withSpace } from '../../spec/terms/cells.js'
import { mark } from '../../spec/terms/dirty-log.js'
import { gfn, hvaPage, slotId } from '../../spec/terms/numbers.js'
import { isAccess, type Operation } from '../../spec/terms/operation.js'
import type { Seen } from '../../spec/terms/result.js'
import { type Slot, withLog } from '../../spec/terms/slot.js'
import { type Space, slotAt, slotById, withSlot } from '../../spec/terms/space.js'
import { accept, atRest, effectsOf } from '../effects.js'
import { answerTo } from '../generate/answer.js'
import { begins, ends, traceOf } from '../generate/records.js'
import { parametersOf } from '../wire/config.js'
import type { TraceRecord } from '../wire/record.js'
import { checkTrace } from './checker.js'

/*
 * Histories of threads that run one small step at a time, data and mark of a write among them; and a judge of such histories
 * that tries every order of these steps. Neither knows how the checker keeps marks.
 */

/** The slot is logged, or its halves are, or its first half alone. */
const SLOT = setOf([0, 0, 2, 16, 'L'])
const VCPU: Operation = { op: 'create-vcpu', vcpu: 0 }
const OPENING: readonly Operation[] = [SLOT, VCPU, { ...VCPU, vcpu: 1 }]

const after = (cells: Cells, operation: Operation): Cells => {
  const [effect] = effectsOf(cells, operation)
  if (effect === undefined) throw new Error(`${operation.op} has an effect`)
  return atRest(effect.cells)
}
const START = OPENING.reduce(after, initialMachine(parametersOf({})))

const isUpdate = ({ op }: Operation): boolean => op === 'batch' || op === 'set'
const isWrite = (o: Operation): boolean => o.op === 'write' || o.op === 'rmw'

/** The page that a write of space 0 has to mark, in the slots as they are. */
interface Mark {
  readonly id: number
  readonly page: number
}
const markOf = ({ spaces }: Cells, operation: Operation): Mark | null => {
  if (!('gfn' in operation) || !isWrite(operation)) return null
  const slot = slotAt(spaces[0] as Space, operation.gfn)
  return slot?.dirty === undefined || slot.dirty === null
    ? null
    : { id: slot.id, page: operation.gfn - slot.base }
}
const marked = (cells: Cells, { id, page }: Mark): Cells => {
  const space = cells.spaces[0] as Space
  const slot = slotById(space, id)
  if (slot?.dirty === undefined || slot.dirty === null) return cells
  const dirty = mark(slot.dirty, [page, page + 1])
  return withSpace(cells, 0, { slots: withSlot(space.slots, withLog(slot, dirty)), swaps: space.swaps })
}
const dataOnly = (before: Cells, done: Cells): Cells => ({ ...done, spaces: before.spaces })

// ── Histories ──────────────────────────────────────────────────────────────────────────────────────────────────────────

const drawn = (r: Random, tid: number, n: number, cells: Cells): Operation => {
  const frame = below(r, 2)
  const data = (n + 1).toString(16).padStart(2, '0')
  if (tid < 2)
    return pick<Operation>(r, [
      { op: 'write', vcpu: tid, gfn: frame, offset: 0, data },
      { op: 'write', vcpu: tid, gfn: frame, offset: 0, data },
      { op: 'rmw', vcpu: tid, gfn: frame, offset: 0, data },
      { op: 'read', vcpu: tid, gfn: frame, offset: 0, size: 1 },
    ])
  const { slots } = cells.spaces[0] as Space
  const id = pick(r, slots).id
  if (chance(r, 0.75) || slots.length > 1) return { op: 'get-dirty', as: 0, id }
  const [whole] = slots as readonly [Slot]
  const half = { ...whole, npages: 1 }
  const other = { ...half, id: slotId(1 - id), base: gfn(1), hva: hvaPage(17), log: chance(r, 0.5) }
  return batchCall(0, [entryFor(half), entryFor(other)])
}

interface Running {
  readonly n: number
  readonly operation: Operation
  ended: TraceRecord | null
  mark: Mark | null
}

/** A history of so many operations of two vCPUs and a caller. */
const historyOf = (r: Random, operations: number): readonly TraceRecord[] => {
  const records: TraceRecord[] = OPENING.flatMap((operation, i) => [
    begins(i, operation),
    ends(i, { is: 'ok' }),
  ])
  const running: (Running | null)[] = [null, null, null]
  let cells = START
  let n = OPENING.length
  const end = OPENING.length + operations
  while (n < end || running.some(one => one !== null)) {
    const tid = below(r, running.length)
    const one = running[tid] ?? null
    if (one === null) {
      if (n >= end) continue
      const operation = drawn(r, tid, n, cells)
      records.push(begins(n, operation, tid))
      running[tid] = { n, operation, ended: null, mark: null }
      n++
    } else if (one.ended === null) {
      if (isUpdate(one.operation) && running.some(other => (other?.mark ?? null) !== null)) continue
      const [effect] = effectsOf(cells, one.operation)
      if (effect === undefined) throw new Error(`${one.operation.op} has an effect`)
      one.mark = markOf(cells, one.operation)
      one.ended = ends(one.n, answerTo(r, effect.result))
      cells = one.mark === null ? atRest(effect.cells) : dataOnly(cells, atRest(effect.cells))
    } else if (one.mark !== null) {
      cells = marked(cells, one.mark)
      one.mark = null
    } else {
      records.push(one.ended)
      running[tid] = null
    }
  }
  return records
}

/** The bits of one GET exchanged for other ones. */
const disturbed = (r: Random, records: readonly TraceRecord[]): readonly TraceRecord[] => {
  const gets = records.flatMap((record, i) =>
    record.ev === 'return' && record.seen.is === 'ok' && record.seen.bits !== undefined ? [i] : [],
  )
  if (gets.length === 0) return records
  const at = pick(r, gets)
  return records.map((record, i) =>
    i === at && record.ev === 'return' && record.seen.is === 'ok'
      ? { ...record, seen: { ...record.seen, bits: chance(r, 0.5) ? [] : [[below(r, 2), 1]] } }
      : record,
  )
}

// ── The judge ──────────────────────────────────────────────────────────────────────────────────────────────────────────

interface Interval {
  readonly operation: Operation
  readonly seen: Seen
  readonly from: number
  readonly to: number
}
const intervalsOf = (records: readonly TraceRecord[]): readonly Interval[] => {
  const starts = new Map<number, { operation: Operation; from: number }>()
  return records.flatMap((record, at) => {
    if (record.ev === 'call' || record.ev === 'access')
      starts.set(record.n, { operation: record.operation, from: at })
    if (record.ev !== 'return' && record.ev !== 'access-end') return []
    const start = starts.get(record.of)
    return start === undefined ? [] : [{ ...start, seen: record.seen, to: at }]
  })
}

interface Late extends Mark {
  readonly to: number
}

/** Whether some order of effects and marks explains every answer. */
const explains = (cells: Cells, left: readonly Interval[], late: readonly Late[]): boolean => {
  if (left.length === 0) return true
  if (late.some((one, i) => explains(marked(cells, one), left, late.toSpliced(i, 1)))) return true
  return left.some((next, i) => {
    if (![...left, ...late].every(({ to }) => to >= next.from)) return false
    if (isUpdate(next.operation) && late.length > 0) return false
    const rest = left.toSpliced(i, 1)
    return effectsOf(cells, next.operation).some(effect => {
      const done = accept(effect, next.seen)
      if (done === null) return false
      const owes = isAccess(next.operation) ? markOf(cells, next.operation) : null
      return owes === null
        ? explains(done, rest, late)
        : explains(dataOnly(cells, done), rest, [...late, { ...owes, to: next.to }])
    })
  })
}

const judge = (trace: readonly TraceRecord[]): string =>
  explains(START, intervalsOf(trace.slice(2 * OPENING.length)), []) ? 'conforms' : 'deviates'
const checked = (trace: readonly TraceRecord[]): string => checkTrace(traceOf({}, ...trace, { ev: 'end' })).is

describe('a history in which writes are marked after their data', () => {
  it('conforms, however long it is and whatever comes between data and mark', () => {
    for (let seed = 1; seed <= 120; seed++)
      expect([seed, checked(historyOf(seeded(seed), 30))]).toEqual([seed, 'conforms'])
  })

  it('has the verdict of a judge that tries every order of data and marks, disturbed or not', () => {
    const said: Record<string, number> = { conforms: 0, deviates: 0 }
    for (let seed = 1; seed <= 300; seed++) {
      const r = seeded(seed)
      const history = historyOf(r, 7 + below(r, 3))
      const trace = chance(r, 0.8) ? disturbed(r, history) : history
      const is = judge(trace)
      expect([seed, checked(trace)]).toEqual([seed, is])
      said[is] = (said[is] ?? 0) + 1
    }
    expect(Math.min(...Object.values(said))).toBeGreaterThan(45)
  })
})
