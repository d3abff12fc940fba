import { isLeft } from 'fp-ts/lib/Either.js'
import { describe, expect, it } from 'vitest'
import { checkTrace } from '../../oracle/check/checker.js'
import { readTrace } from '../../oracle/trace.js'
import { decode } from '../../oracle/wire/decode.js'
import { pageOf, u64 } from '../../spec/terms/numbers.js'
import type { Operation, Region } from '../../spec/terms/operation.js'
import { ofRuns, runsOf, subtract } from '../../spec/terms/page-set.js'
import type { Seen } from '../../spec/terms/result.js'
import { type FuzzReport, FuzzReportCodec } from '../reports/fuzz/codec.js'
import { type Answering, type InProcess, inProcess } from '../targets/in-process.js'
import { specTarget } from '../targets/spec.js'
import type { Target } from '../targets/target.js'
import { type FuzzOptions, fuzz } from './fuzz.js'

type Breakage = (vm: Answering, operation: Operation) => Seen

/** The specification as a target, with a fault between it and the fuzzer. */
const broken = (name: string, answer: Breakage): InProcess =>
  inProcess({ ...specTarget.now.hello, name }, config => {
    const vm = specTarget.now.open(config)
    return { perform: operation => answer(vm, operation) }
  })

/** An overlap is answered by the wrong error. */
const wrongErrno = broken('wrong-errno', (vm, operation) => {
  const seen = vm.perform(operation)
  const overlaps = operation.op === 'set' && seen.is === 'error' && seen.errno === 'EEXIST'
  return overlaps ? { is: 'error', errno: 'EINVAL' } : seen
})

/** The first bit of every log that is read is forgotten. */
const forgetfulLog = broken('forgetful-log', (vm, operation) => {
  const seen = vm.perform(operation)
  if (seen.is !== 'ok' || seen.bits === undefined) return seen
  return { ...seen, bits: runsOf(subtract(ofRuns(seen.bits), [0, 1])) }
})

const isTaken = (vm: Answering, as: number, gfn: number): boolean => {
  if (gfn < 0) return false
  const seen = vm.perform({ op: 'lookup', as, gfn })
  return seen.is === 'ok' && seen.found !== null && seen.found !== undefined
}

const touches = (vm: Answering, as: number, { gpa, size }: Region): boolean =>
  isTaken(vm, as, pageOf(gpa) - 1) || isTaken(vm, as, pageOf(gpa) + pageOf(size))

/** A slot that is created right after or before another one is taken for one that overlaps it. */
const noNeighbours = broken('no-neighbours', (vm, operation) => {
  const { op } = operation
  const near = op === 'set' && operation.size > 0n && operation.gpa < 1n << 40n && operation.as < 2
  if (!near || !touches(vm, operation.as, operation)) return vm.perform(operation)
  const seen = vm.perform(operation)
  return seen.is === 'ok' ? { is: 'error', errno: 'EEXIST' } : seen
})

/** It crashes on a slot of five pages, and works again in the next session. */
const crashing = broken('crashing', (vm, operation) => {
  if (operation.op === 'set' && operation.size === FIVE_PAGES) throw new Error('five pages at 0x1234')
  return vm.perform(operation)
})
const FIVE_PAGES = u64(5 * 4096)

/** It never answers a GET. */
const hanging: InProcess = (() => {
  const { now, hello } = specTarget
  return {
    now,
    hello,
    open: async config => {
      const session = await specTarget.open(config)
      return {
        ...session,
        run: async (program, emit, stop) => {
          const ops = program.threads.flatMap(thread => thread.ops)
          const at = ops.findIndex(o => o.op === 'get-dirty')
          if (at < 0) return session.run(program, emit, stop)
          await session.run({ ...program, threads: [{ tid: 0, ops: ops.slice(0, at) }] }, emit, stop)
          return new Promise<void>(() => {})
        },
      }
    },
  }
})()

/** By runs alone: what is made small does not depend on how busy the machine is. */
const EFFORT = { runs: 5000, ms: Number.POSITIVE_INFINITY }

const run = (target: Target, options: Partial<FuzzOptions> = {}): Promise<FuzzReport> =>
  fuzz(target, { seed: 1, runs: 150, effort: EFFORT, stop: new AbortController().signal, ...options })

const verdictOf = (trace: string): string => {
  const read = readTrace(trace, 'trace')
  if (isLeft(read)) throw new Error(JSON.stringify(read.left))
  return checkTrace(read.right).is
}

/** A report without what the clock put into it. */
const timeless = (report: FuzzReport) => ({
  ...report,
  seconds: 0,
  rules: [],
  deviations: report.deviations.map(deviation => ({ ...deviation, ms: 0 })),
})

describe('a target with a fault', () => {
  const faults = [
    ['wrong errno', wrongErrno, 'set (set.overlap): EEXIST expected, EINVAL seen', 2],
    ['forgotten bit', forgetfulLog, 'get-dirty (get.consume): bits lost', 3],
    ['neighbours refused', noNeighbours, 'set (set.create): success expected, EEXIST seen', 2],
    ['crash', crashing, 'set: threw Error: five pages at #', 1],
  ] as const

  it.each(faults)(
    '%s is found and reduced to the least that shows it',
    async (_, target, signature, length) => {
      const report = await run(target)
      const found = report.deviations.find(deviation => deviation.signature === signature)
      expect(found).toMatchObject({ reduced: length, minimal: true, reproduced: true })
      expect(found?.operations).toHaveLength(length)
    },
  )

  it.each(faults)('leaves traces that are judged as the runs were, for %s', async (_, target, signature) => {
    const report = await run(target)
    for (const deviation of report.deviations) {
      const threw = deviation.signature.includes('threw')
      expect(verdictOf(deviation.trace)).toBe(threw ? 'inconclusive' : 'deviates')
    }
    expect(report.deviations.map(deviation => deviation.signature)).toContain(signature)
  })

  it('has the same report for the same seed', async () => {
    const [one, other] = [await run(forgetfulLog), await run(forgetfulLog)]
    expect(timeless(one)).toEqual(timeless(other))
  })

  it('has a deviation of one signature reported once, and counted', async () => {
    const { deviations } = await run(wrongErrno)
    const signatures = deviations.map(deviation => deviation.signature)
    expect(new Set(signatures).size).toBe(signatures.length)
    expect(deviations.find(d => d.signature.startsWith('set (set.overlap)'))?.times).toBeGreaterThan(1)
  })

  it('has its sequence drawn again by seed and number alone', async () => {
    const { deviations } = await run(noNeighbours)
    const at = deviations[0]?.sequence ?? 0
    const again = await run(noNeighbours, { runs: at + 1 })
    expect(again.deviations[0]?.operations).toEqual(deviations[0]?.operations)
  })

  it('that does not answer is given up, and the next sequences run in a fresh session', async () => {
    const report = await run(hanging, {
      runs: 6,
      timeLimit: 300,
      length: 12,
      effort: { ...EFFORT, runs: 12 },
    })
    expect(report.sequences).toBe(6)
    expect(report.deviations.map(deviation => deviation.signature)).toEqual(['get-dirty: hung'])
  })
})

describe('a run of the fuzzer', () => {
  it('that is stopped reports what it has found', async () => {
    const stop = new AbortController()
    const report = await run(wrongErrno, {
      runs: Number.POSITIVE_INFINITY,
      stop: stop.signal,
      onProgress: ({ deviations, reducing }) => {
        if (deviations > 0 && reducing === null) stop.abort()
      },
    })
    expect(report.interrupted).toBe(true)
    expect(report.deviations).not.toEqual([])
  })

  it('is written as a report that its codec reads', async () => {
    const report = await run(wrongErrno, { runs: 60 })
    const text = JSON.stringify(FuzzReportCodec.encode(report))
    expect(decode(FuzzReportCodec, JSON.parse(text), { file: 'report', line: null })).toEqual({
      _tag: 'Right',
      right: report,
    })
  })
})
