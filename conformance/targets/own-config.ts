import type { Config } from '../../oracle/wire/config.js'

/** Features that only let a configuration be chosen, and what they let be chosen. */
const OF_CONFIG: Readonly<Record<string, readonly (keyof Config)[]>> = {
  'fetch-profile': ['walker', 'secondStage', 'exitOnEmulationFailure'],
}

/** What a configuration asks for that a target's VMs are not, in words; null where they agree. */
export const conflictOf = (vm: Config, config: Config): string | null => {
  for (const [name, value] of Object.entries(config)) {
    const theirs = vm[name as keyof Config]
    if (theirs !== undefined && theirs !== value)
      return `its VMs have ${name} ${theirs}, and the case is about ${value}`
  }
  return null
}

/** Whether a feature is not needed, since the target's VMs are by themselves what a configuration would choose. */
export const isOwnAnyway = (vm: Config, config: Config, need: string): boolean => {
  const chosen = (OF_CONFIG[need] ?? []).filter(name => config[name] !== undefined)
  return chosen.length > 0 && chosen.every(name => vm[name] === config[name])
}
