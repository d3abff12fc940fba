/**
 * A target will not do what it is asked: a configuration it does not have, a call it does not make. It says nothing
 * about conformance: the case counts as skipped, and the target can be asked other things.
 *
 * @example
 * if (config.spaces > 2) throw new TargetRefusal('two address spaces at most')
 */
export class TargetRefusal extends Error {
  override readonly name = 'TargetRefusal'
  /** Why, in the target's own words. */
  readonly because: string
  constructor(because: string, message = because) {
    super(message)
    this.because = because
  }
}

/** How a target in a process of its own can fail to answer; it is `interrupted` where it was not waited for. */
export type FailureKind = 'not-started' | 'crashed' | 'hung' | 'flooded' | 'nonsense' | 'interrupted'

/** A target owed an answer and gave none: the case has failed. */
export class TargetFailure extends Error {
  override readonly name = 'TargetFailure'
  readonly kind: FailureKind
  constructor(kind: FailureKind, message: string) {
    super(message)
    this.kind = kind
  }
}
