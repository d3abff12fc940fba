import { counted } from '../../../spec/terms/counted.js'
import { inkOf } from '../terminal/ink.js'
import type { FuzzDeviation, FuzzReport } from './codec.js'

export interface FuzzTextOptions {
  readonly color: boolean
  /** Where the trace of a deviation was written; null where it could not be. */
  readonly fileOf: (deviation: FuzzDeviation) => string | null
  /** The command that runs a trace again, and the one that draws everything again. */
  readonly again: (file: string) => string
  readonly redraw: string
}

const UNREACHED_SHOWN = 12

const perSecond = (n: number, seconds: number): string =>
  Math.round(n / Math.max(seconds, 0.001)).toLocaleString('en')

const deviationText = (deviation: FuzzDeviation, { fileOf, again }: FuzzTextOptions): string => {
  const { signature, times, sequence, found, reduced, minimal, reproduced, explanation, ms } = deviation
  const file = fileOf(deviation)
  const size = `${counted(found, 'operation')} reduced to ${reduced}${minimal ? ', none of which can be left out' : ''}`
  return [
    `✗ ${signature}`,
    `  sequence ${sequence}, after ${(ms / 1000).toFixed(1)} s; ${size}; met ${counted(times, 'time')}`,
    ...(reproduced ? [] : ['  it did not happen again on a machine of its own']),
    ...explanation.split('\n').map(line => `  ${line}`),
    ...(file === null ? [] : [`  again: ${again(file)}`]),
    '',
  ].join('\n')
}

const reachedText = (report: FuzzReport): readonly string[] => {
  const { rulesReached, rulesTotal, polaritiesReached, polaritiesTotal, unreached } = report
  const rest = unreached.length - UNREACHED_SHOWN
  return [
    `rules fired: ${rulesReached} of ${rulesTotal} within reach; premise polarities: ${polaritiesReached} of ${polaritiesTotal}`,
    ...(unreached.length === 0
      ? []
      : [
          `  never fired: ${unreached.slice(0, UNREACHED_SHOWN).join(', ')}${rest > 0 ? ` and ${rest} more` : ''}`,
        ]),
  ]
}

/** What a run of the fuzzer found, for people; the outcome stands last. */
export const renderFuzz = (report: FuzzReport, options: FuzzTextOptions): string => {
  const {
    target,
    seed,
    sequences,
    calls,
    failing,
    discarded,
    seconds,
    deviations,
    interrupted,
    refused = {},
  } = report
  const ink = inkOf(options.color)
  const share = Math.round((100 * failing) / Math.max(calls, 1))
  return [
    ...deviations.map(deviation => ink.bad(deviationText(deviation, options))),
    `target ${target.name} ${target.version}, seed ${seed}: ${counted(sequences, 'sequence')}, ${counted(calls, 'call')} (${share} % to be refused), ${perSecond(calls, seconds)} calls/s`,
    ...(discarded > 0 ? [`${counted(discarded, 'operation')} drawn that the target cannot be asked`] : []),
    ...Object.entries(refused)
      .toSorted(([, a], [, b]) => b - a)
      .map(([because, n]) => `${counted(n, 'sequence')} not finished: ${because}`),
    ...reachedText(report),
    `draws the same again: ${options.redraw}`,
    ...(interrupted ? ['interrupted'] : []),
    (deviations.length > 0 ? ink.bad : ink.good)(
      `${counted(deviations.length, 'deviation')} in ${seconds.toFixed(1)} s`,
    ),
  ].join('\n')
}
