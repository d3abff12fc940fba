import { match } from 'ts-pattern'
import type { StepCells } from '../../../spec/terms/steps/cells.js'
import { plainSet } from '../../../spec/terms/steps/slots.js'
import type { Run, RunStep } from '../../explore/result.js'
import { printFrames, printSlots } from './set.js'
import { printStep } from './step.js'
import { printWhy } from './why.js'

/** The steps of each actor stand in a column of their own. */
const indent = ({ cells: { self } }: RunStep<StepCells>): string =>
  match(self)
    .with({ kind: 'updater' }, () => 'updater  ')
    .with({ kind: 'harvester' }, () => '  harvester  ')
    .with({ kind: 'vcpu' }, ({ id }) => `${'    '.repeat(id + 1)}vCPU ${id}  `)
    .exhaustive()

const edge = (name: string, slots: StepCells['world']['before'], frames: number): readonly string[] => [
  `  ${name}  ${printFrames(plainSet(slots), frames)}`,
  `          (${printSlots(slots)})`,
]

/** A failing run as text: the sets before and after, one line for each step, and how the last state fails. */
export const printRun = (run: Run<StepCells>): string => {
  const { world } = run.initial
  let before = run.initial
  const line = (step: RunStep<StepCells>, n: number): string => {
    const text = `${String(n).padStart(4)}  ${indent(step)}${printStep(before, step)}`
    before = step.cells
    return text
  }
  const { steps, cycle = [] } = run
  return [
    ...edge('before', world.before, world.frames),
    ...edge('wanted', world.after, world.frames),
    ...steps.map((step, i) => line(step, i + 1)),
    ...(cycle.length === 0 ? [] : ['      and for ever:']),
    ...cycle.map((step, i) => line(step, steps.length + i + 1)),
    `   ✗  ${printWhy(run.why)}`,
  ].join('\n')
}
