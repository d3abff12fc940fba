import { printRun } from '../../../oracle/designs/print/run.js'
import type { Run } from '../../../oracle/explore/index.js'
import { counted } from '../../../spec/terms/counted.js'
import type { StepCells } from '../../../spec/terms/steps/cells.js'
import type { ExploreCell, ExploreReport } from './codec.js'

export interface ExploreTextOptions {
  readonly design: string
  /** The runs that break properties, by the property. */
  readonly runs: ReadonlyMap<string, Run<StepCells>>
  readonly seconds: number
  readonly vcpus: number
}

const verdict = ({ holds, steps }: ExploreCell): string =>
  holds === true ? 'holds' : holds === false ? `fails in ${steps}` : 'inconclusive'

/** What a search of one update found, for people: each property with the run that breaks it. */
export const renderExplore = (report: ExploreReport, options: ExploreTextOptions): string => {
  const { cells, states, transitions, ended } = report
  const { design, runs, seconds, vcpus } = options
  const speed = Math.round(transitions / Math.max(seconds, 0.001))
  return [
    ...cells.flatMap(cell => {
      const run = runs.get(cell.property)
      return [`${cell.property.padEnd(24)} ${verdict(cell)}`, ...(run === undefined ? [] : [printRun(run)])]
    }),
    '',
    `${design}: ${counted(states, 'state')}, ${counted(transitions, 'transition')}, ${speed}/s; search ${ended}`,
    ...(vcpus > 1 ? ['retry-ends and crash-visible are decided with --vcpus 1 only'] : []),
  ].join('\n')
}
