import type { P } from 'ts-pattern'
import type { Premise } from './premise.js'

/** What a rule describes, and for a call whether it succeeds or fails. */
export type RuleKind = 'call succeeds' | 'call fails' | 'internal' | 'access' | 'return'

/** Outcomes that are neither success nor failure. Reaching `impossible` is a fault of the specification itself. */
export type SpecialOutcome = 'impossible' | 'unspecified' | 'implementation-defined'

/** Where a rule comes from: a mail, a file and function, a section of a manual, an observation. */
export interface Citation {
  readonly source: string
  readonly at: string
}

/** Names bound by `P.select` in the pattern and by the rule's choice. */
export type Bindings = Readonly<Record<string, unknown>>

/** What a reader should know of a rule besides what it says. */
export interface Notes {
  /** How implementations or versions differ. */
  readonly variation?: string
  /** What the rule deliberately leaves out. */
  readonly omits?: string
  /** Why the rule is as it is, where that is not obvious. */
  readonly why?: string
}

/**
 * A labelled conditional rewrite rule, as data: the index, the document, coverage, the checker and the lint all read
 * this one value. It applies to cells that match its pattern and satisfy every premise, once for each choice.
 */
export interface Rule<C> {
  readonly id: string
  readonly kind: RuleKind
  readonly special?: SpecialOutcome
  readonly says: string
  readonly cites: readonly Citation[]
  /** A ts-pattern pattern over the cells the rule touches. */
  readonly match: unknown
  readonly when: readonly Premise<C>[]
  /** Checks made before this rule's own: they order it among the rules of its family. See `strict` and `loose`. */
  readonly after?: readonly Premise<C>[]
  /** The ways in which the rule may apply; without it there is one. */
  readonly choose?: (cells: C) => readonly Bindings[]
  readonly rewrite: (cells: C, bindings: Bindings) => C
  readonly notes?: Notes
}

/** A rule whose pattern narrows the cells from `C` to `M`, so that premises and rewrite may rely on it. */
export interface NarrowRule<C, M extends C>
  extends Omit<Rule<C>, 'match' | 'when' | 'after' | 'choose' | 'rewrite'> {
  /** Over cells of either type: what is asked of a key that `C` does not have fails where there is none. */
  readonly match: P.Pattern<C> | P.Pattern<M>
  readonly when: readonly Premise<M>[]
  readonly after?: readonly Premise<M>[]
  readonly choose?: (cells: M) => readonly Bindings[]
  readonly rewrite: (cells: M, bindings: Bindings) => C
}

/**
 * Declares a rule. The engine evaluates premises and rewrite only on cells that the pattern accepted, which is what
 * makes the one cast here sound; that a pattern accepts nothing wider than `M` is tested with the rules.
 */
export const rule = <C, M extends C = C>(narrow: NarrowRule<C, M>): Rule<C> => narrow as unknown as Rule<C>

/**
 * Rules in order: each applies only where every check before its own has passed, so the first failure decides. A check
 * that the rule also makes for itself is made once, or its second failure could never be seen.
 */
export const strict = <C>(rules: readonly Rule<C>[]): readonly Rule<C>[] =>
  rules.map(({ after = [], ...rest }) => ({
    ...rest,
    when: [...after, ...rest.when.filter(premise => !after.includes(premise))],
  }))

/** Rules without order: each applies wherever its own premises hold, so every failure that is true is allowed. */
export const loose = <C>(rules: readonly Rule<C>[]): readonly Rule<C>[] =>
  rules.map(({ after: _, ...rest }) => rest)
