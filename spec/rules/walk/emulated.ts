import type { FetchInstruction } from '../../terms/operation.js'
import { onward, type Walking } from '../../terms/walking.js'
import { regimeFor } from './at.js'

/** KVM emulates the instruction that the processor could not fetch: its own fetch begins at the registers. */
export const emulated = (cells: Walking): Walking => {
  const { loaded } = cells.walk
  const { rip } = cells.call as FetchInstruction // the processor makes no other of these operations
  return onward(cells, {
    at: 'window',
    by: 'emulator',
    regime: loaded === null ? null : regimeFor('emulator', loaded, cells.params),
    offset: rip,
    bytes: '',
    tops: 'unread',
  })
}
