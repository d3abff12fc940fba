import { stepsFrom } from '../../../spec/rules/steps/relation.js'
import type { StepCells } from '../../../spec/terms/steps/cells.js'
import { isWaiting } from '../../../spec/terms/steps/waits.js'
import type { RunStep } from '../../explore/result.js'
import { actorOf } from '../system/system.js'

/** More than any script and the accesses in flight need; an access that waits for ever is left waiting. */
const MAX_STEPS = 200

type Move = ReturnType<typeof stepsFrom>[number]

/** Accesses in flight end first, then the update, which does not fail any more. No access or harvest begins. */
const urgency = (before: StepCells, { rule, cells: { self } }: Move): number => {
  if (self.kind === 'harvester') return 0
  if (self.kind === 'updater') return rule.id === 'update.fails' || rule.id === 'update.corrupts' ? 0 : 2
  const was = before.vcpus.find(v => v.id === self.id) ?? self
  if (was.at === 'ready' || was.at === 'done' || rule.id === 'vcpu.abandon' || self.at === 'asking') return 0
  return isWaiting(was) ? 1 : 3
}

/** The steps by which a run ends: until the update has ended and no access is in flight. */
export const runOn = (from: StepCells): readonly RunStep<StepCells>[] => {
  const steps: RunStep<StepCells>[] = []
  let cells = from
  while (steps.length < MAX_STEPS) {
    const at = cells
    const [best] = stepsFrom(at)
      .filter(move => urgency(at, move) > 0)
      .toSorted((a, b) => urgency(at, b) - urgency(at, a))
    if (best === undefined) break
    steps.push({ rule: best.rule.id, actor: actorOf(best), bindings: best.bindings, cells: best.cells })
    cells = best.cells
  }
  return steps
}
