import { batchDesign, overBlockingBatch, rememberingBatch } from '../../spec/designs/batch.js'
import type { Design } from '../../spec/designs/design.js'
import { designs } from '../../spec/designs/index.js'
import { paused, pausedAlways } from '../../spec/designs/paused.js'
import { replaceAllDesign, rfcListWithoutDefects, rfcSingleSwap } from '../../spec/designs/rfc.js'
import { sequential } from '../../spec/designs/sequential.js'
import type { Invalid } from '../../spec/terms/steps/world.js'

/** What INVALID does by path where it is not retried by both. */
export const INVALID_VARIANTS = {
  /** The emulator fetches: it takes INVALID for a hole, while the page fault path retries. */
  'emulated-fetch': { data: 'retry', fetch: 'hole' },
  /** Architectures other than x86 do not retry at all. */
  'other-architecture': { data: 'hole', fetch: 'hole' },
} as const satisfies Readonly<Record<string, { readonly data: Invalid; readonly fetch: Invalid }>>
export type InvalidVariant = keyof typeof INVALID_VARIANTS
const NAMES = Object.keys(INVALID_VARIANTS) as readonly InvalidVariant[]

/** A design under another meaning of INVALID. */
export const withInvalid = (design: Design, variant: InvalidVariant): Design => ({
  ...design,
  id: `${design.id}, ${variant}`,
  behaviour: { ...design.behaviour, invalid: INVALID_VARIANTS[variant] },
})

/** Designs that block by INVALID and whose verdicts are others where it is not retried. */
const DECIDED_BY_INVALID: readonly Design[] = [rfcListWithoutDefects, rfcSingleSwap, replaceAllDesign]

const variantsOf = (design: Design): readonly Design[] => [
  ...(DECIDED_BY_INVALID.includes(design) ? NAMES.map(name => withInvalid(design, name)) : []),
  ...(design === batchDesign ? [overBlockingBatch, rememberingBatch] : []),
  ...(design === paused ? [pausedAlways] : []),
]

/** The rows of the matrix: each design, and behind it the variants that change one of its verdicts. */
export const subjects: readonly Design[] = designs.flatMap(design => [design, ...variantsOf(design)])

/** Rows that can be asked for by name but are not shown, since they fail exactly what their design fails. */
export const unshown: readonly Design[] = NAMES.map(name => withInvalid(sequential, name))

export const subjectOf = (id: string): Design | null =>
  [...subjects, ...unshown].find(subject => subject.id === id) ?? null

/** A row's name taken apart: the design, and what of it is varied. */
export const namesOf = (id: string): { readonly design: string; readonly variant: string | null } => {
  const [design = id, ...variant] = id.split(', ')
  return { design, variant: variant.length === 0 ? null : variant.join(', ') }
}
