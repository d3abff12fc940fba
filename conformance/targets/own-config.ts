import type { Config } from '../../oracle/wire/config.js'
import type { Hello } from './target.js'

/** Features that only let a configuration be chosen, and what they let be chosen. */
const OF_CONFIG: Readonly<Record<string, readonly (keyof Config)[]>> = {
  'fetch-profile': ['walker', 'secondStage', 'vendor', 'exitOnEmulationFailure'],
  limits: ['maxGfn', 'beyondMaxGfn', 'failedFetch', 'slotLimit', 'hvaLimit', 'readonlyMem', 'maxEntries'],
}

/** Each field of a configuration that says otherwise than a target's VMs are, in words. */
export const conflictsOf = (vm: Config, config: Config): readonly string[] =>
  Object.entries(config).flatMap(([name, value]) => {
    const theirs = vm[name as keyof Config]
    return theirs === undefined || theirs === value ? [] : [`${name} ${theirs}, and not ${value}`]
  })

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
