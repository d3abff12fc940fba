import type { StepCells } from '../../../spec/terms/steps/cells.js'
import { plainSet } from '../../../spec/terms/steps/slots.js'
import type { Run, RunStep } from '../../explore/result.js'
import { printFrames, printSlots } from './set.js'
import { printStep } from './step.js'

/** Each actor's steps stand in a column of their own, so that a reader sees who runs when. */
const indent = ({ cells: { self } }: RunStep<StepCells>): string => {
  switch (self.kind) {
    case 'updater':
      return 'updater  '
    case 'harvester':
      return '  harvester  '
    case 'vcpu':
      return `${'    '.repeat(self.id + 1)}vCPU ${self.id}  `
  }
}

const edge = (name: string, slots: StepCells['world']['before'], frames: number): readonly string[] => [
  `  ${name}  ${printFrames(plainSet(slots), frames)}`,
  `          (${printSlots(slots)})`,
]

/** A run for people: the sets it leads from and to, then a line a step, and what is wrong with the last. */
export const printRun = (run: Run<StepCells>): string => {
  const { world } = run.initial
  let before = run.initial
  const tell = (step: RunStep<StepCells>, n: number): string => {
    const line = `${String(n).padStart(4)}  ${indent(step)}${printStep(before, step)}`
    before = step.cells
    return line
  }
  const { steps, cycle = [] } = run
  return [
    ...edge('before', world.before, world.frames),
    ...edge('wanted', world.after, world.frames),
    ...steps.map((step, i) => tell(step, i + 1)),
    ...(cycle.length === 0 ? [] : ['      and for ever:']),
    ...cycle.map((step, i) => tell(step, steps.length + i + 1)),
    `   ✗  ${run.why.replace(/^actor (?=\d)/, 'vCPU ')}`,
  ].join('\n')
}
