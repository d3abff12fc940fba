import { describe, expect, it } from 'vitest'
import { below, chance, pick, type Random, seeded, setOf } from '../../spec/generate/index.js'
import { batchCall, entryFor } from '../../spec/terms/build-batch.js'
import { type Cells, initialMachine, withSpace } from '../../spec/terms/cells.js'
import { mark } from '../../spec/terms/dirty-log.js'
import { gfn, hvaPage, slotId } from '../../spec/terms/numbers.js'
import { isAccess, type Operation } from '../../spec/terms/operation.js'
import {
  equalSets,
  intersect,
  noPages,
  ofRuns,
  type PageSet,
  runsOf,
  subtract,
  union,
} from '../../spec/terms/page-set.js'
import { type Slot, withLog } from '../../spec/terms/slot.js'
import { type Space, slotAt, slotById, withSlot } from '../../spec/terms/space.js'
import { accept, atRest, effectsOf } from '../effects.js'
import { answerTo } from '../generate/answer.js'
import { begins, ends, traceOf } from '../generate/records.js'
import { parametersOf } from '../wire/config.js'
import type { TraceRecord } from '../wire/record.js'
import { checkTrace } from './checker.js'
import { type Interval, intervalsOf } from './intervals.fixture.js'

/*
 * Histories of threads that run one small step at a time, data and mark of a write and both halves of a harvest among them; and a
 * judge of such histories that tries every order of these steps. Neither knows how the checker keeps marks and harvests.
 */

/** A slot, the half of its pages, and the frames that are accessed, one in each half. */
interface Shape {
  readonly half: number
  readonly frames: readonly [number, number]
}
/** A harvest takes it in one moment, or each half in its own. */
const SMALL: Shape = { half: 1, frames: [0, 1] }
const LARGE: Shape = { half: 32, frames: [5, 40] }

const VCPU: Operation = { op: 'create-vcpu', vcpu: 0 }
const openingOf = ({ half }: Shape): readonly Operation[] => [
  setOf([0, 0, 2 * half, 16, 'L']),
  VCPU,
  { ...VCPU, vcpu: 1 },
]
const OPENED = 3

const after = (cells: Cells, operation: Operation): Cells => {
  const [effect] = effectsOf(cells, operation)
  if (effect === undefined) throw new Error(`${operation.op} has an effect`)
  return atRest(effect.cells)
}
const startOf = (shape: Shape): Cells => openingOf(shape).reduce(after, initialMachine(parametersOf({})))

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

const FIRST: PageSet = [0, 32]

/** One half of a harvest of a log that it takes in two: the bits there, and the machine without them; null of any other operation. */
const halfOf = (cells: Cells, operation: Operation, isFirst: boolean) => {
  if (operation.op !== 'get-dirty') return null
  const space = cells.spaces[0] as Space
  const slot = slotById(space, operation.id)
  if (slot?.dirty === undefined || slot.dirty === null || slot.npages <= 32) return null
  const first = intersect(slot.dirty.set, FIRST)
  const second = subtract(slot.dirty.set, FIRST)
  const left = { set: isFirst ? second : first, maybe: noPages }
  return {
    bits: isFirst ? first : second,
    cells: withSpace(cells, 0, { slots: withSlot(space.slots, withLog(slot, left)), swaps: space.swaps }),
  }
}

// ── Histories ──────────────────────────────────────────────────────────────────────────────────────────────────────────

const drawn = (r: Random, shape: Shape, tid: number, n: number, cells: Cells): Operation => {
  const frame = pick(r, shape.frames)
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
  const half = { ...whole, npages: shape.half }
  const base = gfn(shape.half)
  const other = { ...half, id: slotId(1 - id), base, hva: hvaPage(16 + shape.half), log: chance(r, 0.5) }
  return batchCall(0, [entryFor(half), entryFor(other)])
}

interface Running {
  readonly n: number
  readonly operation: Operation
  ended: TraceRecord | null
  mark: Mark | null
  /** What the first half of a harvest told. */
  told: PageSet | null
}

/** A history of so many operations of two vCPUs and a caller. */
const historyOf = (r: Random, shape: Shape, operations: number): readonly TraceRecord[] => {
  const records: TraceRecord[] = openingOf(shape).flatMap((operation, i) => [
    begins(i, operation),
    ends(i, { is: 'ok' }),
  ])
  const running: (Running | null)[] = [null, null, null]
  let cells = startOf(shape)
  let n = OPENED
  const end = OPENED + operations
  while (n < end || running.some(one => one !== null)) {
    const tid = below(r, running.length)
    const one = running[tid] ?? null
    if (one === null) {
      if (n >= end) continue
      const operation = drawn(r, shape, tid, n, cells)
      records.push(begins(n, operation, tid))
      running[tid] = { n, operation, ended: null, mark: null, told: null }
      n++
    } else if (one.told !== null && one.ended === null && chance(r, 0.9)) {
      // Much may come between the halves of a harvest.
    } else if (one.ended === null) {
      if (isUpdate(one.operation) && running.some(other => (other?.mark ?? null) !== null)) continue
      const half =
        one.told !== null || chance(r, 0.7) ? halfOf(cells, one.operation, one.told === null) : null
      if (half !== null) {
        cells = half.cells
        if (one.told !== null) one.ended = ends(one.n, { is: 'ok', bits: runsOf(union(one.told, half.bits)) })
        one.told = half.bits
        continue
      }
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
const disturbed = (r: Random, { frames }: Shape, records: readonly TraceRecord[]): readonly TraceRecord[] => {
  const gets = records.flatMap((record, i) =>
    record.ev === 'return' && record.seen.is === 'ok' && record.seen.bits !== undefined ? [i] : [],
  )
  if (gets.length === 0) return records
  const at = pick(r, gets)
  return records.map((record, i) =>
    i === at && record.ev === 'return' && record.seen.is === 'ok'
      ? { ...record, seen: { ...record.seen, bits: chance(r, 0.5) ? [] : [[pick(r, frames), 1]] } }
      : record,
  )
}

// ── The judge ──────────────────────────────────────────────────────────────────────────────────────────────────────────

interface Asked extends Interval {
  /** Of a harvest whose first half is done, the bits that it tells of its second. */
  readonly left?: PageSet
}

interface Late extends Mark {
  readonly to: number
}

/** Whether some order of effects and marks explains every answer. */
const explains = (cells: Cells, left: readonly Asked[], late: readonly Late[]): boolean => {
  if (left.length === 0) return true
  if (late.some((one, i) => explains(marked(cells, one), left, late.toSpliced(i, 1)))) return true
  return left.some((next, i) => {
    if (![...left, ...late].every(({ to }) => to >= next.from)) return false
    if (isUpdate(next.operation) && late.length > 0) return false
    const rest = left.toSpliced(i, 1)
    const half = halfOf(cells, next.operation, next.left === undefined)
    if (half !== null && next.seen.is === 'ok' && next.seen.bits !== undefined) {
      const told = ofRuns(next.seen.bits)
      if (next.left !== undefined) return equalSets(half.bits, next.left) && explains(half.cells, rest, late)
      const second = { ...next, left: subtract(told, FIRST) }
      if (equalSets(half.bits, intersect(told, FIRST)) && explains(half.cells, [second, ...rest], late))
        return true
    }
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

const judge = (shape: Shape, trace: readonly TraceRecord[]): string =>
  explains(startOf(shape), intervalsOf(trace.slice(2 * OPENED)), []) ? 'conforms' : 'deviates'
const checked = (trace: readonly TraceRecord[]): string => checkTrace(traceOf({}, ...trace, { ev: 'end' })).is

describe.each([
  ['in one moment', SMALL],
  ['in two parts', LARGE],
])('a history in which writes are marked after their data, and harvests read a log %s,', (_, shape) => {
  it('conforms, however long it is and whatever comes in between', () => {
    for (let seed = 1; seed <= 50; seed++)
      expect([seed, checked(historyOf(seeded(seed), shape, 30))]).toEqual([seed, 'conforms'])
  })

  it('has the verdict of a judge that tries every order of these steps, disturbed or not', () => {
    const said: Record<string, number> = { conforms: 0, deviates: 0 }
    for (let seed = 1; seed <= 160; seed++) {
      const r = seeded(seed)
      const history = historyOf(r, shape, 7 + below(r, 3))
      const trace = chance(r, 0.8) ? disturbed(r, shape, history) : history
      const is = judge(shape, trace)
      expect([seed, checked(trace)]).toEqual([seed, is])
      said[is] = (said[is] ?? 0) + 1
    }
    expect(Math.min(...Object.values(said))).toBeGreaterThan(20)
  })
})
