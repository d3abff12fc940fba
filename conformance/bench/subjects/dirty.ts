import { DirtyArena } from '../../../impl/dirty/arena.js'
import { DirtyLogs } from '../../../impl/dirty/logs.js'
import type { Benchmark } from '../benchmark.js'
import type { InProcess } from '../contender.js'
import { lazily } from '../lazily.js'
import { missingNative } from '../peers/native.js'
import { logsInC, threadClock } from './dirty/logs-in-c.js'
import { splitBenchmark } from './dirty/split.js'
import { mixedLog, setWords, sumOf } from './dirty/words.js'

/** The log of a slot of 1 TiB: 32 MiB of bits. */
const PAGES = 2 ** 28
const WORDS = PAGES / 32
/** Pages marked one by one. */
const MARKS = 2 ** 16

const world = lazily(() => {
  const logs = DirtyLogs.open(DirtyArena.create({ maxBytes: 2 ** 29 }))
  return {
    logs,
    log: mixedLog(logs, PAGES),
    taken: mixedLog(logs, PAGES),
    inC: logsInC(WORDS),
    clock: threadClock(),
    pattern: new Int32Array(WORDS),
  }
})

/** Words of which `percent` in a hundred have a bit or several, the same in every run. */
const fillPattern = (pattern: Int32Array, percent: number): void => {
  let state = 0x2545_f491
  for (let i = 0; i < pattern.length; i++) {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    pattern[i] = percent === 100 ? -1 : (state >>> 0) % 100 < percent ? state | 1 : 0
  }
}

/** Work done on what is prepared before each time; only the work is timed. */
const prepared = (name: string, prepare: () => void, act: () => number): InProcess => {
  const took = (times: number): number => {
    const { clock } = world()
    let nanoseconds = 0
    for (let i = 0; i < times; i++) {
      prepare()
      const began = clock()
      act()
      nanoseconds += clock() - began
    }
    return nanoseconds
  }
  return { name, run: took, took }
}

const reset = (): void => {
  const { logs, log, pattern } = world()
  setWords(logs, log, pattern)
}
const resetC = (): void => void world().inC.restore()

const harvest = (name: string, percent: number): Benchmark => ({
  name: `harvest of 32 MiB, ${name}`,
  subject: prepared('impl', reset, () => {
    const { logs, log, taken } = world()
    logs.harvestInto(log, taken)
    return 0
  }),
  unit: 'ns',
  comparisons: [
    {
      peer: prepared('C, test and exchange', resetC, () => world().inC.harvest()),
      target: { of: 'ratio', atMost: 1.11 },
    },
  ],
  check: () => {
    const { logs, log, taken, inC, pattern } = world()
    fillPattern(pattern, percent)
    inC.pattern(pattern)
    reset()
    resetC()
    logs.harvestInto(log, taken)
    inC.harvest()
    const same = sumOf(logs, taken) === inC.sum(false) && sumOf(logs, log) === inC.sum(true)
    return same && logs.count(log) === 0 ? null : 'impl and C take different bits'
  },
})

/** One page is cut off at the front, so that every bit moves. */
const carryOver = (): Benchmark => {
  let target = -1
  const renew = (): void => {
    const { logs } = world()
    if (target >= 0) logs.free(target)
    target = logs.create(PAGES)
  }
  const carry = (): number => {
    const { logs, log } = world()
    logs.merge(target, log, 1, 0, PAGES - 1)
    return 0
  }
  return {
    name: 'carry-over of 32 MiB, by one bit',
    subject: prepared('impl', renew, carry),
    unit: 'ns',
    comparisons: [
      {
        peer: prepared('C, 64 bits at a time', resetC, () => world().inC.shift(1)),
        target: { of: 'ratio', atMost: 1 },
      },
    ],
    check: () => {
      const { logs, inC, pattern } = world()
      fillPattern(pattern, 60)
      inC.pattern(pattern)
      reset()
      resetC()
      renew()
      carry()
      inC.shift(1)
      return sumOf(logs, target) === inC.sum(false) ? null : 'impl and C carry over different bits'
    },
  }
}

/** Marks pages at random, of which `reach` are there: what a guest's writes do one by one. */
const marking = (name: string, reach: number): Benchmark => {
  const pages = lazily(() => {
    let state = 0x1234_5677
    return Int32Array.from({ length: MARKS }, () => {
      state ^= state << 13
      state ^= state >>> 17
      state ^= state << 5
      return (state >>> 0) % reach
    })
  })
  const inImpl = (title: string, act: (logs: DirtyLogs, log: number, page: number) => void): InProcess => ({
    name: title,
    pieces: MARKS,
    run: times => {
      const { logs, log } = world()
      const all = pages()
      for (let i = 0; i < times; i++) for (let j = 0; j < all.length; j++) act(logs, log, all[j] as number)
      return times
    },
  })
  return {
    name: `mark a page, ${name}`,
    subject: inImpl('mark', (logs, log, page) => logs.mark(log, page)),
    unit: 'ns',
    comparisons: [
      {
        peer: {
          name: 'C, locked or',
          pieces: MARKS,
          run: times => {
            for (let i = 0; i < times; i++) world().inC.mark(pages())
            return times
          },
        },
        target: null,
      },
      {
        peer: inImpl('markIfClear, mostly set', (logs, log, page) => logs.markIfClear(log, page)),
        target: null,
      },
    ],
    check: () => {
      const { logs, log, inC, pattern } = world()
      pattern.fill(0)
      inC.pattern(pattern)
      reset()
      resetC()
      for (const page of pages()) logs.mark(log, page)
      inC.mark(pages())
      return sumOf(logs, log) === inC.sum(true) ? null : 'impl and C mark different pages'
    },
  }
}

/** Nothing is timed where C cannot be compiled and called: the rows say why. */
const withoutC = (reason: string): Benchmark => {
  const nothing: InProcess = { name: 'impl', run: times => times }
  const peer: InProcess = { name: 'C', run: times => times }
  return {
    name: 'dirty logs',
    subject: nothing,
    unit: 'ns',
    comparisons: [{ peer, target: null }],
    check: () => reason,
  }
}

/** Dirty logs of a slot of 1 TiB against loops over bitmaps in C; and splitting such a slot while its guest writes. */
export const dirtyBenchmarks = (): readonly Benchmark[] => {
  const missing = missingNative()
  if (missing !== null) return [withoutC(missing)]
  return [
    harvest('empty', 0),
    harvest('1 % of the words', 1),
    harvest('all dirty', 100),
    carryOver(),
    marking('of 8 GiB', 2 ** 21),
    marking('of 1 TiB', PAGES),
    splitBenchmark(),
  ]
}
