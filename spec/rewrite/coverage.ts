import type { Relation } from './relation.js'

/** How often a premise of a rule held and failed, counting a failure only where every premise before it held. */
export interface PremiseCoverage {
  readonly premise: string
  readonly held: number
  readonly failed: number
}

/** How often a rule was applied since the counters were last reset, and how its premises were decided. */
export interface RuleCoverage {
  readonly rule: string
  readonly fired: number
  readonly premises: readonly PremiseCoverage[]
}

/** What has been exercised since the counters were last reset. */
export const coverage = <C>(rel: Relation<C>): readonly RuleCoverage[] =>
  rel.rules.map(rule => {
    const place = rel.places.get(rule.id)
    if (place === undefined) throw new Error(`no counters for ${rule.id}`) // relation() makes them for every rule
    const count = (counter: number, answer: boolean) => rel.counts[counter * 2 + (answer ? 1 : 0)] ?? 0
    return {
      rule: rule.id,
      fired: count(place.fires, true),
      premises: rule.when.map((premise, i) => {
        const at = place.premises[i]
        if (at === undefined) throw new Error(`no place for ${premise.name}`) // plant() gives one for each premise
        return {
          premise: premise.name,
          held: count(at.counter, at.wants),
          failed: count(at.counter, !at.wants),
        }
      }),
    }
  })
