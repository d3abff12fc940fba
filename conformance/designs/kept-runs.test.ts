import { isLeft } from 'fp-ts/lib/Either.js'
import { expect, it } from 'vitest'
import { readScenario } from '../../oracle/designs/scenario.js'
import { followChoices, systemIn } from '../../oracle/designs/situation.js'
import { subjectOf } from '../../oracle/designs/subjects.js'
import { properties } from '../../spec/properties/properties.js'
import { identity } from '../../spec/rewrite/index.js'
import { committedMatrix } from './committed.js'
import { KEPT_RUNS, type KeptRun, keptRuns } from './kept-runs.js'

const name = ({ design, variant }: Pick<KeptRun, 'design' | 'variant'>) =>
  variant === null ? design : `${design}, ${variant}`

const kept = async () => {
  const read = await keptRuns()
  if (isLeft(read) || read.right === null) throw new Error(`${KEPT_RUNS} is not there, or not one`)
  return read.right
}

it('every cell of the committed matrix that shows a run has it kept, of the same length, from the same search', async () => {
  const matrix = await committedMatrix()
  if (isLeft(matrix) || matrix.right === null) throw new Error('no matrix')
  const { runs, hash } = await kept()
  expect(hash).toBe(matrix.right.hash)
  const lengths = matrix.right.cells.flatMap(cell =>
    cell.steps === null ? [] : [`${name(cell)} / ${cell.property}: ${cell.steps}`],
  )
  expect(runs.map(run => `${name(run)} / ${run.property}: ${run.choices.length}`)).toEqual(lengths)
})

it('every kept run can be followed choice by choice, and ends in a state that breaks its property or goes on for ever', async () => {
  const { runs } = await kept()
  const wrong = runs.flatMap(run => {
    const design = subjectOf(name(run))
    const update = readScenario(run.scenario)
    if (design === null || isLeft(update)) return [`${name(run)}: no such design or update`]
    const situation = { design, update: { ...update.right, frames: run.frames }, company: run.company }
    const [initial] = systemIn(situation)?.initial ?? []
    if (initial === undefined) return [`${name(run)}: no plan`]
    const steps = followChoices(initial, run.choices)
    const property = properties.find(({ id }) => id === run.property)
    const last = steps.at(-1)?.cells ?? initial
    const at = steps.length - run.cycle
    const back = at === 0 ? initial : steps[at - 1]?.cells
    const shows =
      property?.kind === 'safety'
        ? property.violated(last) !== null
        : run.cycle === 0 || identity(last) === identity(back)
    return steps.length === run.choices.length && shows ? [] : [`${name(run)} / ${run.property}`]
  })
  expect(runs.length).toBeGreaterThan(100)
  expect(wrong).toEqual([])
})
