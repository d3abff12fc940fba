/** What `memslot conform` is asked. */
export interface ConformOptions {
  readonly target: string
  readonly filter?: readonly string[]
  readonly smoke?: boolean
  /** Every block of the exhaustive families. */
  readonly full?: boolean
  /** Seed of the drawn blocks, where neither all blocks nor those of a filter are run. */
  readonly seed?: number
  readonly errors: 'strict' | 'loose'
  readonly timeLimit?: number
  readonly json?: boolean
  readonly junit?: string
  readonly save?: string
  /** Nothing but sequential programs was to be judged. */
  readonly sequential?: boolean
  readonly all?: boolean
  /** Lists every family, and what was not reached of the specification. */
  readonly coverage?: boolean
  /** Keeps the verdicts on a real kernel as data of the repository. */
  readonly keep?: boolean
}
