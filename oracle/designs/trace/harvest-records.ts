import type { StepCells } from '../../../spec/terms/steps/cells.js'
import { slotOf } from '../../../spec/terms/steps/slots.js'
import type { RunStep } from '../../explore/result.js'
import { frameIn, hostAddress, pagesSet } from './places.js'
import type { Recorder } from './recorder.js'

/** Whoever asks on no vCPU's behalf has a thread of its own. */
const ASKING = 99

const slotsOf = ({ spaces }: StepCells) => spaces[0]?.published.slots ?? []

const harvest = (to: Recorder, cells: StepCells, log: number): void => {
  const slot = slotsOf(cells).find(s => s.log === log)
  if (slot === undefined) return
  const bits = pagesSet(slot, Math.max(0, cells.logs[log] ?? 0))
  to.whole({ op: 'get-dirty', as: 0, id: slot.id }, ASKING, { is: 'ok', bits })
}

/** Writes down a harvest of the run as the call it is. */
export const harvestRecords =
  (to: Recorder) =>
  (before: StepCells, { cells, bindings }: RunStep<StepCells>): void => {
    if (cells.self.kind === 'harvester' && typeof bindings.log === 'number') harvest(to, before, bindings.log)
  }

/** At the end: what each frame leads to, and what every log holds. */
export const askAtRest = (to: Recorder, cells: StepCells): void => {
  for (let frame = 0; frame < cells.world.frames; frame++) {
    const slot = slotOf({ slots: slotsOf(cells), blocked: [], noWrites: [] }, frame)
    const page = slot === null ? 0 : frame - slot.base
    const found =
      slot === null || slot.state !== 'live'
        ? null
        : { id: slot.id, page, hva: hostAddress(slot.hva + page), ro: slot.ro, log: slot.log >= 0 }
    to.whole({ op: 'lookup', as: 0, gfn: frameIn(frame) }, ASKING, { is: 'ok', found })
  }
  for (const { log } of slotsOf(cells)) if (log >= 0) harvest(to, cells, log)
}
