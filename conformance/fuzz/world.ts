import { type Config, parametersOf } from '../../oracle/wire/config.js'
import { below, chance, pick, type Random } from '../../spec/generate/random.js'
import { KERNEL_NAMES, someKernel, VENDORS } from '../../spec/terms/kernels.js'
import { addressOf } from '../../spec/terms/numbers.js'
import { OWN_SLOTS } from '../../spec/terms/own-slots.js'
import { defaultParameters } from '../../spec/terms/parameters.js'
import { FEATURES, type Feature, LIMITS } from '../targets/features.js'
import type { Hello } from '../targets/target.js'
import type { World } from './draw/drawing.js'
import { type Offered, offeredKinds } from './kinds.js'

/** The configuration of a target that has but one: its own limits, where they are not the usual ones. */
const fixedConfig = ({ features, kernel, limits, vm = {} }: Hello): Config => ({
  ...(kernel === undefined ? {} : { kernel }),
  profile: features.includes('batch') ? 'batch' : 'linux',
  spaces: limits.spaces,
  ...(limits.slots === defaultParameters.slotLimit ? {} : { slotLimit: limits.slots }),
  ...(Number(limits.maxGfn) === defaultParameters.maxGfn ? {} : { maxGfn: Number(limits.maxGfn) }),
  ...(features.includes('batch') ? { maxEntries: limits.entries } : {}),
  ...vm,
})

/** The configuration that a target is given: without the limits, where it has its own and cannot be given others. */
export const configFor = ({ features }: Stage, config: Config): Config => {
  if (features.has('limits')) return config
  const own: ReadonlySet<string> = new Set(LIMITS)
  return Object.fromEntries(Object.entries(config).filter(([name]) => !own.has(name)))
}

/** What decides how a fetch ends, besides memory and registers. */
const drawnProfile = (r: Random): Config => ({
  ...(chance(r, 0.3) ? { secondStage: 'shadow' } : {}),
  ...(chance(r, 0.2) ? { walker: 'architecture' } : {}),
  ...(chance(r, 0.35) ? { exitOnEmulationFailure: false } : {}),
  ...(chance(r, 0.3) ? { vendor: pick(r, VENDORS) } : {}),
})

/** The frame of the APIC access page. */
const APIC_FRAME = 0xfee00

/** A configuration within the target’s limits: mostly the usual one, with a parameter or two at an edge. */
const drawnConfig = (r: Random, { features, limits }: Hello): Config => {
  const slotLimit = chance(r, 0.7) ? Math.min(32764, limits.slots) : pick(r, [4, 8])
  const maxGfn = Math.min(Number(limits.maxGfn), pick(r, [2 ** 40 - 1, 2 ** 40 - 1, 2 ** 52 - 1, 127, 63]))
  const internal = features.includes('internal') && chance(r, 0.3)
  const own = features.includes('internal') && chance(r, 0.1)
  const kernel = features.includes('kernels') && chance(r, 0.5) ? { kernel: pick(r, KERNEL_NAMES) } : {}
  const hasRegion2 = someKernel(kernel, k => k.region2)
  return {
    profile: features.includes('batch') ? 'batch' : 'linux',
    spaces: Math.min(limits.spaces, pick(r, [2, 2, 2, 2, 1, 3])),
    slotLimit,
    maxGfn,
    ...(features.includes('batch') ? { maxEntries: chance(r, 0.8) ? limits.entries : pick(r, [1, 3]) } : {}),
    ...(internal ? { internalIds: [slotLimit, slotLimit + 2] } : {}),
    ...(own
      ? {
          ownSlots: OWN_SLOTS.filter(which =>
            chance(r, which === 'apic-page' && maxGfn < APIC_FRAME ? 0.02 : 0.7),
          ),
          identityMap: addressOf(chance(r, 0.9) ? maxGfn - 1 : below(r, 12)),
        }
      : {}),
    ...kernel,
    ...(chance(r, 0.1) ? { readonlyMem: false } : {}),
    ...(chance(r, 0.1) ? { beyondMaxGfn: 'EFAULT', failedFetch: 'abort' } : {}),
    ...(features.includes('gmem') && hasRegion2 && chance(r, 0.2) ? { guestMemfd: true } : {}),
    ...(features.includes('fetch-profile') ? drawnProfile(r) : {}),
  }
}

/** Whether the target’s VMs can have any configuration. A real kernel has one. */
export const takesAnyConfig = ({ features }: Hello): boolean => features.includes('limits')

/** What is known of a target before the first sequence. */
export interface Stage {
  readonly hello: Hello
  readonly features: ReadonlySet<Feature>
  /** Whether it has every feature, so that any operation can be asked. */
  readonly hasAll: boolean
  readonly offered: Offered
  /** One configuration for all sequences; null where each draws its own. */
  readonly config: Config | null
}

export const stageOf = (hello: Hello, config: Config | null): Stage => {
  const features = new Set(hello.features as readonly Feature[])
  return {
    hello,
    features,
    hasAll: Object.keys(FEATURES).every(feature => features.has(feature as Feature)),
    offered: offeredKinds(features),
    config: config ?? (takesAnyConfig(hello) ? null : fixedConfig(hello)),
  }
}

/** The world of one sequence. */
export const drawWorld = (r: Random, { hello, features, config: fixed }: Stage): World => {
  const config = fixed ?? drawnConfig(r, hello)
  const params = parametersOf(config)
  const wide = chance(r, 0.2)
  return {
    features,
    config,
    params,
    ids: [...new Set([0, 1, 2, 3, 4, 5, params.slotLimit - 1])].filter(id => id < params.slotLimit),
    wide,
    frames: wide ? 512 : 64,
    logged: chance(r, 0.6),
  }
}
