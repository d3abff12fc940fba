import type { StepCells } from '../../../spec/terms/steps/cells.js'
import type { Run } from '../../explore/result.js'
import { headerOf, writeRecord } from '../../trace.js'
import type { TraceRecord } from '../../wire/record.js'
import { askAtRest, harvestRecords } from './harvest-records.js'
import { creation, hostAddress, signOf } from './places.js'
import { type Recorder, recorder } from './recorder.js'
import { runOn } from './run-on.js'
import { updateRecords } from './update-records.js'
import { vcpuRecords } from './vcpu-records.js'

const OK = { is: 'ok' } as const

/** Host pages that some slot of the run has. */
const hostPages = ({ world }: StepCells): readonly number[] => {
  const slots = [...world.before, ...world.after, ...world.other.slots]
  return [...new Set(slots.flatMap(s => Array.from({ length: s.npages }, (_, i) => s.hva + i)))].toSorted(
    (a, b) => a - b,
  )
}

/** Everything that is there before the run: vCPUs, a byte in each host page that tells it from others, the old set. */
const setUp = (to: Recorder, cells: StepCells): void => {
  for (const { id, space } of cells.vcpus) {
    to.whole({ op: 'create-vcpu', vcpu: id }, 0, OK)
    if (space === 1) to.whole({ op: 'enter-smm', vcpu: id }, 0, OK)
  }
  for (const page of hostPages(cells)) {
    to.whole({ op: 'poke', hva: hostAddress(page), data: signOf(page) }, 0, OK)
  }
  for (const slot of cells.world.other.slots) to.whole(creation(slot, 1), 0, OK)
  for (const slot of cells.world.before) to.whole(creation(slot, 0), 0, OK)
}

export interface TraceOptions {
  /** The run goes on until the update has ended, and then the sets and logs are asked for: what was lost shows there. */
  readonly toRest: boolean
}

/** A run as the records of a trace, in which the update, whatever calls it was made by, is one batch. */
export const recordsOfRun = (run: Run<StepCells>, { toRest }: TraceOptions): readonly TraceRecord[] => {
  const to = recorder()
  setUp(to, run.initial)
  const writers = [updateRecords(to), vcpuRecords(to), harvestRecords(to)]
  const own = [...run.steps, ...(run.cycle ?? [])]
  const last = own.at(-1)?.cells ?? run.initial
  let before = run.initial
  for (const step of toRest ? [...own, ...runOn(last)] : own) {
    for (const write of writers) write(before, step)
    before = step.cells
  }
  if (toRest) askAtRest(to, before)
  const failed = before.updater.ended === 'failed'
  const header = headerOf({
    profile: 'batch',
    config: failed ? { allocations: 'may fail' } : {},
    target: { name: 'a run of the explorer', version: '1' },
  })
  return [header, ...to.records, { ev: 'end' }]
}

/** The same as the text of a trace. */
export const traceOfRun = (run: Run<StepCells>, options: TraceOptions): string =>
  `${recordsOfRun(run, options).map(writeRecord).join('\n')}\n`
