import { type Config, parametersOf } from '../../../oracle/wire/config.js'
import type { Operation } from '../../../spec/terms/operation.js'
import { ddmin } from './ddmin.js'
import { simplerNumbers } from './simpler.js'
import { smallerWorlds } from './squeeze.js'
import { stripped } from './strip.js'
import { substituted } from './substitute.js'

/** A sequence that fails in a certain way. */
export interface Specimen {
  readonly config: Config
  readonly ops: readonly Operation[]
}

/** Where a specimen fails in the way that is being reduced: the index of the operation at fault; null where not. */
export type FailsAt = (specimen: Specimen) => Promise<number | null>

export interface Reduced extends Specimen {
  /** No operation can be taken out any more, and that was tried. */
  readonly minimal: boolean
}

type Simplify = (ops: readonly Operation[]) => Iterable<readonly Operation[]>

/** Pass by pass, in this order. */
const PASSES: readonly Simplify[] = [substituted, stripped, smallerWorlds, simplerNumbers]

/** Parameters that a failure seldom needs: without one, the default holds. */
const OPTIONAL = [
  'internalIds',
  'ownSlots',
  'identityMap',
  'readonlyMem',
  'guestMemfd',
  'hvaLimit',
  'maxEntries',
  'slotLimit',
  'maxGfn',
  'spaces',
] as const

const without = (config: Config, name: keyof Config): Config => {
  const { [name]: _, ...rest } = config
  return rest
}

/** Whether there can be such a VM: an internal slot has an id above the user's. A target may refuse any other. */
const isSound = (config: Config): boolean => {
  const { internalIds, slotLimit } = parametersOf(config)
  return internalIds.every(id => id >= slotLimit)
}

/**
 * The smallest sequence that can be found by taking away and making simpler, while it still fails in the same
 * way. Deterministic, except where `failsAt` runs out of time.
 */
export const reduce = async (
  from: Specimen,
  failsAt: FailsAt,
  options: { readonly config: 'fixed' | 'free'; readonly spent: () => boolean },
): Promise<Reduced> => {
  let best = from
  const keeps = async (specimen: Specimen): Promise<boolean> => {
    if (options.spent()) return false
    const at = await failsAt(specimen)
    // What comes after the failure has no part in it.
    if (at !== null) best = { ...specimen, ops: specimen.ops.slice(0, at + 1) }
    return at !== null
  }
  const withOps = (ops: readonly Operation[]) => keeps({ ...best, ops })
  const plain = async (): Promise<void> => {
    for (const name of OPTIONAL) {
      const config = without(best.config, name)
      if (best.config[name] !== undefined && isSound(config)) await keeps({ ...best, config })
    }
  }

  /** One simplification after the other; after each that helped, the pass looks at the new sequence from its start. */
  const pass = async (simplify: Simplify): Promise<boolean> => {
    let helped = false
    for (let again = true; again && !options.spent(); ) {
      again = false
      for (const ops of simplify(best.ops)) {
        if (await withOps(ops)) {
          again = true
          helped = true
          break
        }
      }
    }
    return helped
  }
  const drop = async (): Promise<boolean> => {
    const before = best.ops.length
    await ddmin(best.ops, async ops => ((await withOps(ops)) ? best.ops : null))
    return best.ops.length < before
  }

  await drop()
  if (options.config === 'free') await plain()
  for (let again = true; again && !options.spent(); ) {
    again = false
    for (const simplify of PASSES) again = (await pass(simplify)) || again
    again = (await drop()) || again
  }
  return { ...best, minimal: !options.spent() }
}
