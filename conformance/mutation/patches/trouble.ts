import { match } from 'ts-pattern'

/** Why mutants could not be run. No mutant counts as caught by it. */
export interface Trouble {
  readonly kind:
    | 'catalogue' // cannot be read
    | 'no sources' // the package holds compiled files only
    | 'patch' // no longer applies
    | 'build' // what it makes does not compile
    | 'control' // the sources deviate without any mutant
    | 'command' // ended with a status that no verdict has
    | 'interrupted'
  /** The mutant it is about; null where it is about none. */
  readonly id: string | null
  readonly why: string
}

export const trouble = (kind: Trouble['kind'], id: string | null, why: string): Trouble => ({
  kind,
  id,
  why: why.trim(),
})

/** For people: what is wrong, and with which mutant. */
export const printTrouble = ({ kind, id, why }: Trouble): string => {
  const of = id === null ? '' : ` of mutant ${id}`
  return match(kind)
    .with('catalogue', () => why)
    .with('no sources', () => `mutants are made from the sources, which are not here: ${why}`)
    .with('patch', () => `the patch${of} no longer applies: ${why}`)
    .with('build', () => `the sources${id === null ? '' : ` with mutant ${id}`} do not compile: ${why}`)
    .with('control', () => `the sources deviate without any mutant: ${why}`)
    .with('command', () => `a run${of} ended without a verdict: ${why}`)
    .with('interrupted', () => 'interrupted')
    .exhaustive()
}
