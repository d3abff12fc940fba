import type { StepCells } from '../../../spec/terms/steps/cells.js'
import { slotOf } from '../../../spec/terms/steps/slots.js'
import type { RunStep } from '../../explore/result.js'
import { frameIn, hostAddress, pagesSet } from './places.js'
import type { Recorder } from './recorder.js'

/** The thread of harvests and look-ups. */
const TID = 99

const slotsOf = ({ spaces }: StepCells) => spaces[0]?.published.slots ?? []

const harvest = (to: Recorder, cells: StepCells, log: number): void => {
  const slot = slotsOf(cells).find(s => s.log === log)
  if (slot === undefined) return
  const bits = pagesSet(slot, Math.max(0, cells.logs[log] ?? 0))
  to.whole({ op: 'get-dirty', as: 0, id: slot.id }, TID, { is: 'ok', bits })
}

/** Records a harvest of the run as a GET. */
export const harvestRecords =
  (to: Recorder) =>
  (before: StepCells, { cells, bindings }: RunStep<StepCells>): void => {
    if (cells.self.kind === 'harvester' && typeof bindings.log === 'number') harvest(to, before, bindings.log)
  }

/** Records, at the end of a run, a look-up of every frame and a GET of every log. */
export const askAtRest = (to: Recorder, cells: StepCells): void => {
  for (let frame = 0; frame < cells.world.frames; frame++) {
    const slot = slotOf({ slots: slotsOf(cells), blocked: [], noWrites: [] }, frame)
    const page = slot === null ? 0 : frame - slot.base
    const found =
      slot === null || slot.state !== 'live'
        ? null
        : { id: slot.id, page, hva: hostAddress(slot.hva + page), ro: slot.ro, log: slot.log >= 0 }
    to.whole({ op: 'lookup', as: 0, gfn: frameIn(frame) }, TID, { is: 'ok', found })
  }
  for (const { log } of slotsOf(cells)) if (log >= 0) harvest(to, cells, log)
}
