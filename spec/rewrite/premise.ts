/** What a premise was decided on: printed beside its sentence in a refutation. */
export type Values = Readonly<Record<string, unknown>>

/** What a premise says: a plain sentence for each outcome, true of the cells that have it. */
export interface Sentences<C = unknown> {
  readonly holds: string
  readonly fails: string
  /** The sentence of a failure with the values of these cells in it, where that reads better. */
  readonly failing?: (cells: C) => string
}

/** Why a rule does not apply: the premise that decides it, what is so instead, and the values on which it was decided. */
export interface Reason {
  readonly premise: string
  /** What is so. */
  readonly says: string
  readonly values: Values
  /** The premise holds, and the rule needs it to fail. */
  readonly mustFail?: true
}

/**
 * A named side condition of a rule.
 *
 * `holds` is the fast path and must be pure; `says` and `shows` are asked only for a reader. `judge` joins them into
 * what a verdict wants: true, or a reason with values.
 */
export interface Premise<C> {
  readonly name: string
  readonly says: Sentences<C>
  readonly holds: (cells: C) => boolean
  readonly shows: (cells: C) => Values
  /** The premise of which this one is the negation. The engine tests the two once. */
  readonly negates?: Premise<C>
}

/** What `judge` finds: the premise holds, or why it does not. */
export type Judgement = true | Reason

/**
 * Declares a premise.
 *
 * @example
 * const rangeFree = premise<Cells>(
 *   'range-free',
 *   {
 *     holds: 'the range overlaps no other slot',
 *     fails: 'the range overlaps another slot',
 *     failing: cells => `the range overlaps slot ${overlapped(cells)?.id}`,
 *   },
 *   cells => overlapped(cells) === null,
 *   cells => ({ slot: overlapped(cells) }),
 * )
 */
export const premise = <C>(
  name: string,
  says: Sentences<NoInfer<C>>,
  holds: (cells: C) => boolean,
  shows: (cells: C) => Values = () => ({}),
): Premise<C> => ({ name, says, holds, shows })

/** The negation of a premise: decided by the same test, said by the same two sentences, shown with the same values. */
export const not = <C>(p: Premise<C>): Premise<C> =>
  p.negates ?? {
    name: `not ${p.name}`,
    says: { holds: p.says.fails, fails: p.says.holds },
    holds: cells => !p.holds(cells),
    shows: p.shows,
    negates: p,
  }

/** Decides a premise; where it fails the reason names the premise declared, never its negation, and says what is so. */
export const judge = <C>(p: Premise<C>, cells: C): Judgement => {
  if (p.holds(cells)) return true
  const says = p.says.failing?.(cells) ?? p.says.fails
  const values = p.shows(cells)
  if (p.negates === undefined) return { premise: p.name, says, values }
  return { premise: p.negates.name, says, values, mustFail: true }
}
