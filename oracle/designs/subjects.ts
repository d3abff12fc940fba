import {
  batchDesign,
  bufferedBatch,
  inKernelBatch,
  markFirstBatch,
  noDeferralBatch,
  overBlockingBatch,
  rememberingBatch,
  shadowBatch,
} from '../../spec/designs/batch.js'
import { cappedBatch } from '../../spec/designs/capped.js'
import type { Design } from '../../spec/designs/design.js'
import {
  disabledInKernel,
  disabledSlot,
  disabledWithoutReplacement,
} from '../../spec/designs/disabled-slot.js'
import { designs } from '../../spec/designs/index.js'
import { bufferedGate, gate, gateBesideIoctls, markFirstGate } from '../../spec/designs/one-swap.js'
import { paused, pausedAlways, pausedInKernel, pausedResumes } from '../../spec/designs/paused.js'
import { primitives, primitivesAlone } from '../../spec/designs/primitives.js'
import {
  replaceAllDesign,
  replaceAllEmulated,
  rfcEmulated,
  rfcListEmulated,
  rfcListWithoutDefects,
  rfcLiteralSwap,
  rfcSingleSwap,
} from '../../spec/designs/rfc.js'
import {
  bufferedSequential,
  fetchExit,
  fetchExitAlways,
  markFirstSequential,
  sequential,
} from '../../spec/designs/sequential.js'
import type { Invalid } from '../../spec/terms/steps/world.js'

/** What an access does that finds an INVALID slot, by path, where not both paths retry. */
export const INVALID_VARIANTS = {
  /** The emulator takes an INVALID slot for a hole when it fetches; the page fault path retries. */
  'emulated-fetch': { data: 'retry', fetch: 'hole' },
  /** Architectures other than x86 do not retry. */
  'other-architecture': { data: 'hole', fetch: 'hole' },
} as const satisfies Readonly<Record<string, { readonly data: Invalid; readonly fetch: Invalid }>>
export type InvalidVariant = keyof typeof INVALID_VARIANTS
const NAMES = Object.keys(INVALID_VARIANTS) as readonly InvalidVariant[]

/** The design with another treatment of INVALID slots. */
export const withInvalid = (design: Design, variant: InvalidVariant): Design => ({
  ...design,
  id: `${design.id}, ${variant}`,
  behaviour: { ...design.behaviour, invalid: INVALID_VARIANTS[variant] },
})

/** Designs that block pages by INVALID slots, and whose verdicts change where accesses do not retry. */
const DECIDED_BY_INVALID: readonly Design[] = [rfcListWithoutDefects, rfcSingleSwap, replaceAllDesign]

const variantsOf = (design: Design): readonly Design[] => [
  ...(DECIDED_BY_INVALID.includes(design) ? NAMES.map(name => withInvalid(design, name)) : []),
  ...(design === batchDesign
    ? [
        overBlockingBatch,
        rememberingBatch,
        markFirstBatch,
        bufferedBatch,
        inKernelBatch,
        noDeferralBatch,
        shadowBatch,
        cappedBatch,
      ]
    : []),
  ...(design === rfcListWithoutDefects ? [rfcListEmulated] : []),
  ...(design === replaceAllDesign ? [replaceAllEmulated] : []),
  ...(design === rfcSingleSwap ? [rfcEmulated, rfcLiteralSwap] : []),
  ...(design === primitives ? [primitivesAlone] : []),
  ...(design === disabledSlot ? [disabledWithoutReplacement, disabledInKernel] : []),
  ...(design === sequential ? [markFirstSequential, bufferedSequential] : []),
  ...(design === gate ? [markFirstGate, bufferedGate, gateBesideIoctls] : []),
  ...(design === paused ? [pausedAlways, pausedInKernel, pausedResumes] : []),
  ...(design === fetchExit ? [fetchExitAlways] : []),
]

/** The rows of the matrix: each design, then its variants that change one of its verdicts. */
export const subjects: readonly Design[] = designs.flatMap(design => [design, ...variantsOf(design)])

/** Rows that can be named but are not in the matrix: they fail exactly what their design fails. */
export const unshown: readonly Design[] = NAMES.map(name => withInvalid(sequential, name))

/** The row with this name; null where there is none. */
export const subjectOf = (id: string): Design | null =>
  [...subjects, ...unshown].find(subject => subject.id === id) ?? null

/** The parts of a row's name: the design and the variant, null for the design itself. */
export const namesOf = (id: string): { readonly design: string; readonly variant: string | null } => {
  const [design = id, ...variant] = id.split(', ')
  return { design, variant: variant.length === 0 ? null : variant.join(', ') }
}
