import { not, type Rule } from '../../rewrite/index.js'
import type { Cells } from '../../terms/cells.js'
import { linux, observed, semantics } from '../cite.js'
import { oneSlotAtATime } from '../fetch/change.js'
import { blocked, data, due } from '../fetch/seeking.js'
import { at, byHardware } from '../walk/station.js'
import { missPiece } from './pieces.js'

/** What data by the emulator meets between the two swaps of a deletion or a move. */
export const invalidData: readonly Rule<Cells>[] = [
  at('seek', {
    id: 'invalid.data',
    says: 'To the emulator data in an INVALID slot is as in a hole: the piece goes out as MMIO.',
    cites: [
      linux('arch/x86/kvm/x86.c', 'emulator_read_write_onepage'),
      observed('INVALID on three kernels'),
      semantics('What INVALID does'),
    ],
    when: [not(due), blocked, oneSlotAtATime, data, not(byHardware)],
    rewrite: missPiece,
  }),
]
