import { readFileSync } from 'node:fs'
import { familyNames } from '../../../cases/freeze.js'
import { frozenFile } from '../../../suite/load.js'

const linesOf = (family: string): readonly string[] => {
  try {
    return readFileSync(frozenFile(family), 'utf8').split('\n')
  } catch {
    return [] // a family that has not been frozen yet exercises nothing
  }
}

/**
 * Names of the frozen cases that exercise a rule. Only lines that name it are read at all, and not judged by the codec
 * of cases: `explain` should not take as long as reading twenty thousand cases.
 */
export const casesExercising = (rule: string): readonly string[] =>
  familyNames()
    .flatMap(linesOf)
    .filter(line => line.includes(`"${rule}"`))
    .map(line => JSON.parse(line) as { readonly id: string; readonly rules: readonly string[] })
    .filter(({ rules }) => rules.includes(rule))
    .map(({ id }) => id)
