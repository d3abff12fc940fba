import { describe, expect, it } from 'vitest'
import { setOf } from '../../spec/generate/index.js'
import type { Operation } from '../../spec/terms/operation.js'
import { begins, complete, ends, traceOf, whole } from '../generate/records.js'
import { checkTrace } from './checker.js'

const SET = setOf([0, 0, 4, 0])
const read: Operation = { op: 'read', vcpu: 0, gfn: 0, offset: 0, size: 1 }
const OK = { is: 'ok' } as const

describe('an unfinished trace', () => {
  it('is inconclusive without its end, even where everything conforms', () => {
    const { is, remarks } = checkTrace(traceOf({}, whole(1, SET, OK)))
    expect([is, remarks]).toEqual([
      'inconclusive',
      ['the trace has no end record: its last operations cannot be judged'],
    ])
  })

  it('is inconclusive where operations never ended, and names them', () => {
    const { is, remarks } = checkTrace(traceOf({}, begins(1, SET), begins(2, read, 1), complete))
    expect([is, remarks]).toEqual(['inconclusive', ['the trace ends before set, read returned']])
  })

  it('deviates all the same where an answer was wrong', () => {
    const wrong = whole(1, SET, { is: 'error', errno: 'EINVAL' })
    expect(checkTrace(traceOf({}, wrong)).is).toBe('deviates')
    expect(checkTrace(traceOf({}, wrong, begins(2, SET), complete)).is).toBe('deviates')
  })

  it('that is empty but for its end conforms', () => {
    expect(checkTrace(traceOf({}, complete))).toMatchObject({ is: 'conforms', calls: 0, remarks: [] })
    expect(checkTrace(traceOf({})).is).toBe('inconclusive')
  })

  it('may show the effect of an operation that never ended, or not', () => {
    const hole = { op: 'lookup', as: 0, gfn: 0 } as const
    const found = { id: 0, page: 0, hva: 0n as never, ro: false, log: false }
    for (const seen of [null, found]) {
      const trace = traceOf({}, begins(1, SET), whole(2, hole, { ...OK, found: seen }), complete)
      expect(checkTrace(trace)).toMatchObject({ is: 'inconclusive', deviations: [] })
    }
    const undone = [whole(2, hole, { ...OK, found }), whole(3, hole, { ...OK, found: null })]
    expect(checkTrace(traceOf({}, begins(1, SET), ...undone, complete)).deviations).toHaveLength(1)
  })
})

describe('a trace that too many machines explain', () => {
  /** So many threads, each at a host page of its own that nothing maps yet, and a look at all that they did. */
  const poked = (threads: number) => {
    const pokes = Array.from({ length: threads }, (_, i): Operation => {
      return {
        op: 'set',
        as: 0,
        id: i,
        gpa: BigInt(i * 4096) as never,
        size: 4096n as never,
        hva: 0n as never,
        flags: 0,
      }
    })
    const look: Operation = {
      op: 'set',
      as: 0,
      id: 99,
      gpa: 0x9900000n as never,
      size: 4096n as never,
      hva: 0n as never,
      flags: 0,
    }
    return [...pokes.map((p, i) => begins(i, p, i)), whole(99, look, OK), pokes.map((_, i) => ends(i, OK))]
  }

  it('is inconclusive, says from which line, and costs no more time after it', () => {
    const verdict = checkTrace(traceOf({}, ...poked(13), complete))
    expect(verdict).toMatchObject({ is: 'inconclusive', deviations: [] })
    expect(verdict.remarks).toEqual(['more than 4096 machines explain the trace up to line 16'])
  })

  it('conforms where they are just few enough', () => {
    expect(checkTrace(traceOf({}, ...poked(4), complete))).toMatchObject({ is: 'conforms' })
  })
})
