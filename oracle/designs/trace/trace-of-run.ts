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

/** The host pages of all slots of the run. */
const hostPages = ({ world }: StepCells): readonly number[] => {
  const slots = [...world.before, ...world.after, ...world.other.slots]
  return [...new Set(slots.flatMap(s => Array.from({ length: s.npages }, (_, i) => s.hva + i)))].toSorted(
    (a, b) => a - b,
  )
}

/** Records what is there before the run: the vCPUs, a different byte in each host page, the old set. */
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

/** How much a trace shows. */
export interface TraceOptions {
  /** Let the update end, then look up every frame and GET every log: lost bits show there. */
  readonly toRest: boolean
}

/** A run as the records of a trace. The update is one batch in it, whatever calls the design makes of it. */
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

/** A run as the text of a trace, which `readTrace` reads. */
export const traceOfRun = (run: Run<StepCells>, options: TraceOptions): string =>
  `${recordsOfRun(run, options).map(writeRecord).join('\n')}\n`
