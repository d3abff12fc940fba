import { accept, effectsOf } from '../../oracle/effects.js'
import { type Config, parametersOf } from '../../oracle/wire/config.js'
import { below, chance, type Random, seeded } from '../../spec/generate/random.js'
import { initialMachine } from '../../spec/terms/cells.js'
import { NEWEST } from '../../spec/terms/kernels.js'
import { u64 } from '../../spec/terms/numbers.js'
import type { Operation } from '../../spec/terms/operation.js'
import { countPages, ofRuns, type PageSet, runsOf, union } from '../../spec/terms/page-set.js'
import type { Result, Retired, Seen, SeenRetired } from '../../spec/terms/result.js'
import { FEATURES } from './features.js'
import { type Answering, type InProcess, inProcess } from './in-process.js'
import type { Hello } from './target.js'

const hello: Hello = {
  name: 'spec',
  version: '0.1.0',
  protocol: 1,
  features: Object.keys(FEATURES).filter(feature => feature !== 'threads' && feature !== 'steps'),
  choices: false,
  kernel: NEWEST,
  limits: { spaces: 64, slots: 32764, maxGfn: u64(2 ** 52 - 1), entries: 32764 },
}

/** The pages that are set, with some of those that may be: whole runs of them are taken or left. */
const sample = (set: PageSet, maybe: PageSet, r: Random): PageSet =>
  union(set, ofRuns(runsOf(maybe).filter(() => chance(r, 0.5))))

const retiredRecord = (record: Retired, bits: boolean, r: Random): SeenRetired | null => {
  const pages = sample(record.set, record.maybe, r)
  const { id, base, npages } = record
  const count = countPages(pages)
  return count === 0 ? null : { id, base, npages, count, ...(bits ? { bits: runsOf(pages) } : {}) }
}

/** An answer that a result allows. */
const answerOf = (result: Result, r: Random): Seen => {
  switch (result.is) {
    case 'error': {
      const { errno, index, bound } = result
      return {
        is: 'error',
        errno,
        ...(index === null ? {} : { index }),
        ...(bound === null ? {} : { bound }),
      }
    }
    case 'done':
      return { is: 'ok', ...(result.generation === null ? {} : { generation: result.generation }) }
    case 'log':
      return {
        is: 'ok',
        generation: result.generation,
        bits: runsOf(sample(result.set, result.maybe, r)),
        bytes: result.bytes,
      }
    case 'batch': {
      const records = result.retired
        .map(one => retiredRecord(one, result.asked === 'bits', r))
        .filter(one => one !== null)
      const { generation } = result
      return result.asked === 'total'
        ? { is: 'ok', generation, retiredCount: records.reduce((sum, { count }) => sum + count, 0) }
        : { is: 'ok', generation, retired: records }
    }
    case 'found':
      return { is: 'ok', found: result.found }
    case 'ranges':
      return { is: 'ok', ranges: result.ranges }
    case 'access': {
      const { end, data, errno, details } = result
      return {
        is: 'access',
        end,
        ...(data === null ? {} : { data }),
        ...(errno === null ? {} : { errno }),
        ...(details ?? {}),
      }
    }
    case 'loaded':
      return { is: 'ok', ...(result.exception === null ? {} : { exception: result.exception }) }
  }
}

const open = (config: Config): Answering => {
  const r = seeded(1)
  let cells = initialMachine(parametersOf({ kernel: NEWEST, ...config }))
  return {
    perform: (operation: Operation): Seen => {
      const effects = effectsOf(cells, operation)
      const effect = effects[below(r, effects.length)]
      if (effect === undefined) throw new Error(`no rule applies to ${operation.op}`) // a test: no label is stuck
      const seen = answerOf(effect.result, r)
      cells = accept(effect, seen) ?? cells
      return seen
    },
  }
}

/** The specification as an implementation: a sampler over everything it allows. */
export const specTarget: InProcess = { ...inProcess(hello, open), atomicity: 'explorer' }
