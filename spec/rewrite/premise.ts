/** What a premise saw when it failed: printed beside its name in a refutation. */
export type Values = Readonly<Record<string, unknown>>

/** Why a premise does not hold: its name, its sentence and the values on which it was decided. */
export interface Reason {
  readonly premise: string
  readonly says: string
  readonly values: Values
  /** The sentence is true, and the rule wants it false. */
  readonly mustFail?: true
}

/**
 * A named side condition of a rule.
 *
 * `holds` is the fast path and must be pure; `shows` is only asked for the values behind the answer. `judge` joins
 * the two into what a reader wants: true, or a reason with values.
 */
export interface Premise<C> {
  readonly name: string
  readonly says: string
  readonly holds: (cells: C) => boolean
  readonly shows: (cells: C) => Values
  /** The premise of which this one is the negation. The engine tests the two once. */
  readonly negates?: Premise<C>
}

export type Judgement = true | Reason

export const premise = <C>(
  name: string,
  says: string,
  holds: (cells: C) => boolean,
  shows: (cells: C) => Values = () => ({}),
): Premise<C> => ({ name, says, holds, shows })

/** The negation of a premise, decided by the same test and shown with the same values. */
export const not = <C>(p: Premise<C>): Premise<C> =>
  p.negates ?? {
    name: `not ${p.name}`,
    says: `it is not so that ${p.says}`,
    holds: cells => !p.holds(cells),
    shows: p.shows,
    negates: p,
  }

export const judge = <C>(p: Premise<C>, cells: C): Judgement => {
  if (p.holds(cells)) return true
  const { name: premise, says } = p.negates ?? p
  const values = p.shows(cells)
  return p.negates === undefined ? { premise, says, values } : { premise, says, values, mustFail: true }
}
