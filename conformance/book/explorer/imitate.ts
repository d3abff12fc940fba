import { type Situation, systemIn } from '../../../oracle/designs/situation.js'
import { actorOf, UPDATER } from '../../../oracle/designs/system/system.js'
import type { RunStep } from '../../../oracle/explore/result.js'
import { identity, type Successor } from '../../../spec/rewrite/index.js'
import { stepsFrom } from '../../../spec/rules/steps/relation.js'
import type { StepCells } from '../../../spec/terms/steps/cells.js'

/** A run that is made, not found, ends somewhere. */
const MAX_STEPS = 120

const FAILING = new Set(['update.fails', 'update.corrupts', 'update.fail', 'update.abort'])

const wantOf = ({ cells: { self } }: Pick<RunStep<StepCells>, 'cells'>): string =>
  self.kind === 'vcpu' ? identity(self.want ?? null) : ''

/** What the same actor would do here: the same rule and the same access, else whatever it may that is no failure. */
const likewise = (ways: readonly Successor<StepCells>[], step: RunStep<StepCells>): number => {
  const own = ways.flatMap((way, i) => (actorOf(way) === step.actor ? [{ way, i }] : []))
  const begins = step.rule === 'vcpu.begin'
  const same = own.find(({ way }) => way.rule.id === step.rule && (!begins || wantOf(way) === wantOf(step)))
  const other = own.find(({ way }) => !FAILING.has(way.rule.id) && (way.rule.id === 'vcpu.begin') === begins)
  return same?.i ?? (begins ? -1 : (other?.i ?? -1))
}

/** What finishes what has begun: the updater first, then accesses in progress; none that has not begun. */
const onwards = (ways: readonly Successor<StepCells>[]): number => {
  const open = ways.flatMap((way, i) =>
    FAILING.has(way.rule.id) || ['vcpu.begin', 'vcpu.switch', 'harvest.get'].includes(way.rule.id)
      ? []
      : [{ way, i }],
  )
  return (open.find(({ way }) => actorOf(way) === UPDATER) ?? open[0])?.i ?? -1
}

/**
 * The choices of a run in which every actor does what it does in another run, as far as this design lets it, and which then
 * goes on until the update is over. For two designs side by side.
 */
export const imitate = (situation: Situation, other: readonly RunStep<StepCells>[]): readonly number[] => {
  const [initial] = systemIn(situation)?.initial ?? []
  if (initial === undefined) return []
  const choices: number[] = []
  let cells = initial
  const take = (ways: readonly Successor<StepCells>[], choice: number): boolean => {
    const next = ways[choice]
    if (next === undefined || choices.length >= MAX_STEPS) return false
    choices.push(choice)
    cells = next.cells
    return true
  }
  for (const step of other) {
    const ways = stepsFrom(cells)
    take(ways, likewise(ways, step))
  }
  for (;;) {
    const ways = stepsFrom(cells)
    if (!take(ways, onwards(ways))) return choices
  }
}
