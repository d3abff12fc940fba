import type { Config } from '../../oracle/wire/config.js'
import { parametersOfArchitecture } from '../../spec/terms/architectures.js'
import type { Operation } from '../../spec/terms/operation.js'
import { type Feature, featuresOf } from './features.js'
import type { Hello } from './target.js'

/** Features that only let a configuration be chosen, and what they let be chosen. */
const OF_CONFIG: Readonly<Record<string, readonly (keyof Config)[]>> = {
  'fetch-profile': ['walker', 'secondStage', 'vendor', 'exitOnEmulationFailure'],
  limits: ['maxGfn', 'beyondMaxGfn', 'failedFetch', 'slotLimit', 'hvaLimit', 'readonlyMem', 'maxEntries'],
}

const sayValue = (value: unknown): string =>
  typeof value === 'bigint' ? `0x${value.toString(16)}` : String(value)

/** The parameters that an architecture stands for in a configuration, but for those that are given beside it. */
const byArchitecture = (config: Config): Config =>
  config.arch === undefined
    ? {}
    : Object.fromEntries(
        Object.entries(parametersOfArchitecture(config.arch)).filter(([name]) => !(name in config)),
      )

/** Each field of a configuration that says otherwise than a target's VMs are, in words. */
export const conflictsOf = (vm: Config, config: Config): readonly string[] => {
  const other = (fields: Config, why: string) =>
    Object.entries(fields).flatMap(([name, value]) => {
      const theirs = vm[name as keyof Config]
      return theirs === undefined || theirs === value
        ? []
        : [`${name} ${sayValue(theirs)}, and not ${sayValue(value)}${why}`]
    })
  return [...other(config, ''), ...other(byArchitecture(config), ` as arch ${config.arch} has it`)]
}

/** What a case asks for that a target's VMs are not, in words; null where they agree. */
export const conflictOf = (vm: Config, config: Config): string | null => {
  const conflicts = conflictsOf(vm, config)
  return conflicts.length === 0 ? null : `its VMs have ${conflicts.join('; ')}`
}

/** Whether a feature is not needed, since the target's VMs are by themselves what a configuration would choose. */
export const isOwnAnyway = (vm: Config, config: Config, need: string): boolean => {
  const chosen = (OF_CONFIG[need] ?? []).filter(name => config[name] !== undefined)
  return chosen.length > 0 && chosen.every(name => vm[name] === config[name])
}

/** Fields that decide what other features operations need. */
const DECIDING: ReadonlySet<string> = new Set(['profile', 'spaces', 'guestMemfd'])

const isArchitectureOwn = (vm: Config, config: Config): boolean =>
  Object.entries(byArchitecture(config)).every(([name, value]) => vm[name as keyof Config] === value)

/** A configuration without what a target's VMs are by themselves. */
const chosenOf = (vm: Config, config: Config): Config =>
  Object.fromEntries(
    Object.entries(config).filter(([name, value]) => {
      if (DECIDING.has(name)) return true
      if (name === 'arch') return !isArchitectureOwn(vm, config)
      return name === 'vmType' ? value !== 'default' : vm[name as keyof Config] !== value
    }),
  )

/** What a program needs that a target has not, where its VMs are not by themselves what the program would choose. */
export const missingOf = (
  { vm = {}, features }: Pick<Hello, 'vm' | 'features'>,
  config: Config,
  operations: readonly Operation[],
): { readonly features: readonly Feature[]; readonly fields: readonly string[] } => {
  const chosen = chosenOf(vm, config)
  const lacks = (feature: Feature) => !features.includes(feature)
  const withoutFields = Object.fromEntries(Object.entries(chosen).filter(([name]) => DECIDING.has(name)))
  const missing = featuresOf(withoutFields, operations).filter(lacks)
  const fields = Object.entries(chosen).flatMap(([name, value]) => {
    // What its VMs are otherwise is a conflict, and is named as one.
    if (conflictsOf(vm, { [name]: value }).length > 0) return []
    const needed = featuresOf({ ...withoutFields, [name]: value }, operations)
    return needed.some(feature => lacks(feature) && !missing.includes(feature))
      ? [`${name} ${sayValue(value)}`]
      : []
  })
  return { features: missing, fields }
}

const merged = new WeakMap<Config, WeakMap<Config, Config>>()

/** A configuration, and what it leaves open as the target's VMs are. The same two objects give the same one. */
export const configFor = ({ vm }: Pick<Hello, 'vm'>, config: Config): Config => {
  if (vm === undefined || Object.keys(vm).every(name => name in config)) return config
  const known = merged.get(vm) ?? new WeakMap<Config, Config>()
  merged.set(vm, known)
  const one = known.get(config) ?? { ...vm, ...config }
  known.set(config, one)
  return one
}
