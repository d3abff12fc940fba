/** Why mutants could not be run. It is never the mutant's merit, so nothing is counted as caught. */
export interface Trouble {
  readonly is:
    | 'catalogue' // cannot be read
    | 'no sources' // the package holds compiled files only
    | 'patch' // no longer applies
    | 'build' // what it makes does not compile
    | 'control' // the sources deviate without any fault
    | 'command' // ended as no judgement ends
    | 'interrupted'
  /** The fault it is about; null where it is about none. */
  readonly id: string | null
  readonly why: string
}

export const trouble = (is: Trouble['is'], id: string | null, why: string): Trouble => ({
  is,
  id,
  why: why.trim(),
})

/** For people: what is wrong, and with which fault. */
export const printTrouble = ({ is, id, why }: Trouble): string => {
  const of = id === null ? '' : ` of fault ${id}`
  switch (is) {
    case 'catalogue':
      return why
    case 'no sources':
      return `mutants are made from the sources, which are not here: ${why}`
    case 'patch':
      return `the patch${of} no longer applies: ${why}`
    case 'build':
      return `the sources${id === null ? '' : ` with fault ${id}`} do not compile: ${why}`
    case 'control':
      return `the sources deviate without any fault: ${why}`
    case 'command':
      return `a run${of} came to no judgement: ${why}`
    case 'interrupted':
      return 'interrupted'
  }
}
