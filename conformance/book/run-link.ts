import { followChoices, type Situation, systemIn } from '../../oracle/designs/situation.js'
import type { RunStep } from '../../oracle/explore/result.js'
import { properties } from '../../spec/properties/properties.js'
import { identity } from '../../spec/rewrite/index.js'
import { stepsFrom } from '../../spec/rules/steps/relation.js'
import type { StepCells } from '../../spec/terms/steps/cells.js'
import type { KeptRun } from '../designs/kept-runs.js'
import { imitate } from './explorer/imitate.js'
import { type LinkedRun, linkToRun, situationOf, writeLink } from './explorer/link.js'

/** The run of a cell as a chapter wants it: with another kind of access, or with another design beside it. */
export interface RunWanted {
  /** What the vCPU does instead: a fetch, where the shortest run has a read. */
  readonly by: string | null
  /** The design that is put beside it, doing the same. */
  readonly beside: string | null
}

type Step = RunStep<StepCells>
type Ways = ReturnType<typeof stepsFrom>

const wantOf = ({ cells: { self } }: Pick<Step, 'cells'>) => (self.kind === 'vcpu' ? self.want : null)

/** The step of a run, made with another kind of access. */
const likewise = (ways: Ways, step: Step, kind: string): number =>
  ways.findIndex(way => {
    if (way.rule.id !== step.rule || way.cells.self.kind !== step.cells.self.kind) return false
    if (step.rule !== 'vcpu.begin') return true
    const [own, other] = [wantOf(way), wantOf(step)]
    return own?.kind === kind && identity(own.frames) === identity(other?.frames ?? [])
  })

/** The choices of a run in which each access is of another kind; null where that does not break the property. */
const byAnother = (situation: Situation, run: KeptRun, kind: string): readonly number[] | null => {
  const [initial] = systemIn(situation)?.initial ?? []
  if (initial === undefined) return null
  const choices: number[] = []
  let cells = initial
  for (const step of followChoices(initial, run.choices)) {
    const ways = stepsFrom(cells)
    const choice = likewise(ways, step, kind)
    const way = ways[choice]
    if (way === undefined) return null
    choices.push(choice)
    cells = way.cells
  }
  const property = properties.find(({ id }) => id === run.property)
  return property?.kind === 'safety' && property.violated(cells) !== null ? choices : null
}

/** The part of a link to the explorer after `#`; null where the run cannot be shown so. */
export const linkToWanted = (run: KeptRun, { by, beside }: RunWanted): string | null => {
  const design = run.variant === null ? run.design : `${run.design}, ${run.variant}`
  const found: LinkedRun = { design, choices: run.choices, cycle: run.cycle }
  const kept = linkToRun(run, found)
  if (by === null && beside === null) return kept
  const where = { scenario: run.scenario, frames: run.frames, company: run.company }
  const link = { ...where, run: found, beside: null, at: 0 }
  const situation = situationOf(link, found)
  if (situation === null) return null
  const choices = by === null ? run.choices : byAnother(situation, run, by)
  if (choices === null) return null
  const shown: LinkedRun = { ...found, choices }
  if (beside === null) return linkToRun(where, shown)
  const other = situationOf(link, { design: beside, choices: [], cycle: 0 })
  const [initial] = systemIn(situation)?.initial ?? []
  if (other === null || initial === undefined) return null
  const same: LinkedRun = {
    design: beside,
    choices: imitate(other, followChoices(initial, choices)),
    cycle: 0,
  }
  return writeLink({ ...where, run: shown, beside: same, at: Math.max(choices.length, same.choices.length) })
}

/** What a run is called where it is linked. */
export const runWords = (run: { readonly design: string; readonly property: string } & RunWanted): string =>
  `${run.design}${run.beside === null ? '' : ` and ${run.beside} side by side`} / ${run.property}${run.by === null ? '' : `, by a ${run.by}`}, step by step`
