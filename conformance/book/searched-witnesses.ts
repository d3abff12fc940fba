import { readScenario } from '../../oracle/designs/scenario.js'
import { type Company, type Situation, systemIn } from '../../oracle/designs/situation.js'
import { subjectOf } from '../../oracle/designs/subjects.js'
import { stepsFrom } from '../../spec/rules/steps/relation.js'
import { counted } from '../../spec/terms/counted.js'
import type { StepCells } from '../../spec/terms/steps/cells.js'
import { linkToRun } from './explorer/link.js'
import type { Witness } from './witnesses.js'

interface Place {
  readonly design: string
  readonly scenario: string
  readonly company: Company
}

/** Where rules fire that no kept run shows: a run that breaks a property seldom does what a design does well. */
const PLACES: readonly Place[] = [
  { design: 'batch', scenario: '1:0+2@0 log -> 1:0+1@0 log', company: 'alone' },
  { design: 'batch', scenario: '1:0+1@0 log -> 1:0+1@1 log', company: 'alone' },
  { design: 'batch', scenario: '1:0+1@0 -> 1:0+1@1', company: 'interrupted' },
  { design: 'batch, in-kernel', scenario: '1:0+1@0 -> 1:0+1@1', company: 'kernel' },
  { design: 'batch, no-deferral', scenario: '1:0+1@0 -> 1:0+1@1', company: 'kernel-errs' },
  { design: 'disabled-slot, in-kernel', scenario: '1:0+1@0 -> 1:0+1@1', company: 'kernel' },
  { design: 'batch, shadow', scenario: '1:0+1@0, 2:1+1@1 -> 1:0+1@2, 2:1+1@1', company: 'alone' },
  { design: 'paused', scenario: '1:0+1@0 -> 1:0+1@1', company: 'alone' },
  { design: 'batch, buffered', scenario: '1:0+1@0 log -> 1:0+1@0', company: 'alone' },
  { design: 'batch, fetch-atomic', scenario: '1:0+2@0 -> 1:0+2@1', company: 'alone' },
  { design: 'batch, absence-caches', scenario: '1:0+1@0 -> 2:1+1@1', company: 'alone' },
  { design: 'batch', scenario: '1:0+2@0 -> 1:0+1@0, 2:1+1@1', company: 'writers' },
  { design: 'sequential', scenario: '1:0+1@0 ro -> 1:0+1@1 ro', company: 'writers' },
  { design: 'sequential', scenario: '1:0+1@0 -> 2:1+1@1', company: 'writers' },
]

/** States looked at in one place: the rules wanted fire early. */
const MAX_STATES = 60_000

interface Node {
  readonly cells: StepCells
  readonly from: Node | null
  readonly choice: number
}

const choicesTo = (node: Node): readonly number[] =>
  node.from === null ? [] : [...choicesTo(node.from), node.choice]

const situationOf = ({
  design,
  scenario,
  company,
}: Place): (Situation & { readonly frames: number }) | null => {
  const update = readScenario(scenario)
  const subject = subjectOf(design)
  if (subject === null || update._tag === 'Left') return null
  return { design: subject, update: update.right, company, frames: update.right.frames }
}

/** The shortest runs of one place that end with a wanted rule. */
const searchIn = (place: Place, wanted: Set<string>, found: Map<string, Witness>): void => {
  const situation = situationOf(place)
  const system = situation === null ? null : systemIn(situation)
  const [initial] = system?.initial ?? []
  if (situation === null || system === null || initial === undefined) return
  const names = new Set([system.encode(initial)])
  let level: readonly Node[] = [{ cells: initial, from: null, choice: 0 }]
  while (level.length > 0 && wanted.size > 0 && names.size < MAX_STATES) {
    const next: Node[] = []
    for (const node of level) {
      for (const [choice, { rule, cells }] of stepsFrom(node.cells).entries()) {
        const to: Node = { cells, from: node, choice }
        if (wanted.delete(rule.id)) {
          const choices = choicesTo(to)
          found.set(rule.id, {
            uses: 0,
            families: [],
            gives: null,
            name: place.design,
            says: `${counted(choices.length, 'step')} of the update ${place.scenario}`,
            link: linkToRun(
              { ...place, frames: situation.frames },
              { design: place.design, choices, cycle: 0 },
            ),
          })
        }
        const name = system.encode(cells)
        if (names.has(name)) continue
        names.add(name)
        next.push(to)
      }
    }
    level = next
  }
}

/** Runs, found by searching here and now, for rules of steps that no kept run uses. */
export const searchWitnesses = (rules: readonly string[]): ReadonlyMap<string, Witness> => {
  const wanted = new Set(rules)
  const found = new Map<string, Witness>()
  for (const place of PLACES) if (wanted.size > 0) searchIn(place, wanted, found)
  return found
}
