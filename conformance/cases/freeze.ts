import { atOnce } from '../give-way.js'
import { featuresOf } from '../targets/features.js'
import { allowanceOf } from './allowed.js'
import { type Case, CaseCodec } from './case.js'
import type { Draft } from './draft/calls.js'
import { FAMILIES } from './families.js'

/** A draft with the answers that the specification allows now. */
const frozenCase = ({ id, says, config, ops }: Draft, cites: readonly string[]): Case => {
  const { allow, loose, rules } = allowanceOf(config, ops)
  const needs = featuresOf(config, ops)
  return { id, says, needs, rules, cites, config, ops, allow, ...(loose.length > 0 ? { loose } : {}) }
}

/** The cases of a family as the specification stands now. */
export const generateFamily = function* (family: string): Generator<Case> {
  const known = FAMILIES[family]
  if (known === undefined) return
  for (const draft of known.drafts()) yield frozenCase(draft, known.cites)
}

/** The text of a family, made case by case. */
export function* makingFamilyText(family: string): Generator<void, string> {
  const lines: string[] = []
  for (const one of generateFamily(family)) {
    lines.push(JSON.stringify(CaseCodec.encode(one)))
    yield
  }
  return `${lines.join('\n')}\n`
}

/** A family as its frozen file: one case a line. */
export const familyText = (family: string): string => atOnce(makingFamilyText(family))

export const familyNames = (): readonly string[] => Object.keys(FAMILIES)
