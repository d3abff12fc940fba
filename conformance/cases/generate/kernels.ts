import { KERNEL_NAMES } from '../../../spec/terms/kernels.js'
import type { SetCall } from '../../../spec/terms/operation.js'
import { GUEST_MEMFD } from '../../../spec/terms/slot.js'
import { type Draft, get, HOST, lookup, set } from '../draft/calls.js'
import { CALLS, ERRORS, LIVE, type Spoil } from './set-errors.js'

/** Calls of each kind that a check of the ioctl, of flags or of the descriptor tells apart. */
const KINDS = ['create', 'delete', 'move', 'no-op'] as const

const second = (call: SetCall): SetCall => ({ ...call, ioctl: 2 })
const backed = (call: SetCall): SetCall => ({ ...second(call), flags: GUEST_MEMFD })

/** What kernels do differently, each kernel by name. */
export const kernelDrafts = function* (): Generator<Draft> {
  const forms = { region2: second, 'guest-memfd': backed }
  for (const kernel of KERNEL_NAMES)
    for (const kind of KINDS)
      for (const [form, of] of Object.entries(forms))
        for (const [error, spoil] of Object.entries<Spoil>({ none: c => c, ...ERRORS }))
          yield {
            id: `kernels/${kernel}/${form}/${kind}/${error}`,
            says: `${kind} by the second ioctl of ${kernel}, spoilt by ${error}`,
            config: { profile: 'linux', kernel },
            ops: [
              set(LIVE),
              set({ id: 2, base: 40, npages: 8, hva: HOST + 32 }),
              spoil(of(CALLS[kind] as SetCall)),
              get(LIVE.id),
              lookup(LIVE.base),
            ],
          }
}
