import { isLeft } from 'fp-ts/lib/Either.js'
import { expect, it } from 'vitest'
import { readScenario } from '../../oracle/designs/scenario.js'
import type { Company } from '../../oracle/designs/situation.js'
import { subjectOf } from '../../oracle/designs/subjects.js'
import { findRun } from '../book/explorer/find-run.js'
import { keptRuns } from './kept-runs.js'

// No mail says how LOG alone is changed where slots can be disabled (docs/semantics.md, Plans). The plan disables such a
// slot as well, so each property that the design fails must fail by an update that changes the LOG of no slot.
const RE_BACK = '1:0+1@0 -> 1:0+1@1'
const SPLIT = '1:0+2@0 -> 1:0+1@0, 2:1+1@1'

const stepsTo = (
  property: string,
  { design, scenario, company }: { design: string; scenario: string; company: Company },
) => {
  const update = readScenario(scenario)
  const subject = subjectOf(design)
  if (isLeft(update) || subject === null) throw new Error('no such update or design')
  const found = findRun({ design: subject, update: update.right, company }, property)
  return found.kind === 'run' ? found.choices.length : found.kind
}

it('what disabled-slot fails in a kept run that changes LOG alone, it fails as soon where nothing is logged', async () => {
  const kept = await keptRuns()
  if (isLeft(kept) || kept.right === null) throw new Error('no kept runs')
  const isRelogged = (scenario: string) => scenario.startsWith('1:0+1@0 -> 1:0+1@0 log')
  const shown = kept.right.runs.filter(
    ({ design, scenario }) => design === 'disabled-slot' && isRelogged(scenario),
  )
  expect(shown.length).toBeGreaterThan(0)
  const elsewhere = shown.map(({ design, variant, property, company }) => {
    const name = variant === null ? design : `${design}, ${variant}`
    const scenario = property === 'undisturbed' ? SPLIT : RE_BACK
    return `${name} / ${property}: ${stepsTo(property, { design: name, scenario, company })}`
  })
  expect(elsewhere).toEqual(
    shown.map(
      ({ design, variant, property, choices }) =>
        `${variant === null ? design : `${design}, ${variant}`} / ${property}: ${choices.length}`,
    ),
  )
})
