import { stepRules } from '../../spec/rules/steps/relation.js'
import type { StepCells, StepVcpu } from '../../spec/terms/steps/cells.js'
import type { StepSet, StepSlot } from '../../spec/terms/steps/slots.js'
import type { Run, RunStep } from '../explore/result.js'

const tellSlot = (s: StepSlot): string => {
  const frames = s.npages === 1 ? `frame ${s.base}` : `frames ${s.base}-${s.base + s.npages - 1}`
  const flags = `${s.log >= 0 ? ' LOG' : ''}${s.ro ? ' RO' : ''}${s.state === 'live' ? '' : ` ${s.state.toUpperCase()}`}`
  return `slot ${s.id}: ${frames} at host page ${s.hva}${flags}`
}

/** A set in a line. */
export const tellSet = ({ slots, blocked, noWrites }: StepSet): string => {
  const parts = [
    ...slots.map(tellSlot),
    ...(blocked.length > 0 ? [`blocked ${blocked.join(', ')}`] : []),
    ...(noWrites.length > 0 ? [`no writes to ${noWrites.join(', ')}`] : []),
  ]
  return parts.length === 0 ? 'nothing' : parts.join('; ')
}

const tellVcpu = (v: StepVcpu): string => {
  const doing =
    v.want === null ? '' : ` ${v.want.kind} of frame ${v.want.frames[v.next] ?? v.want.frames.at(-1)}`
  const holding =
    v.hold === null ? '' : `, holding host page ${v.hold.hva}${v.older ? ' by an older set' : ''}`
  return `${v.at}${doing}${holding}${v.out ? ', kept out' : ''}`
}

/** What one step changed, in words. */
const changes = (before: StepCells, after: StepCells): readonly string[] => [
  ...after.spaces.flatMap((space, as) => {
    const was = before.spaces[as]
    if (was === undefined) return []
    return [
      ...(was.published === space.published ? [] : [`space ${as} publishes: ${tellSet(space.published)}`]),
    ]
  }),
  ...after.vcpus.flatMap((v, i) => {
    const was = before.vcpus[i]
    return was === undefined || tellVcpu(was) === tellVcpu(v) ? [] : [`vCPU ${v.id}: ${tellVcpu(v)}`]
  }),
  ...after.logs.flatMap((bits, log) => {
    const was = before.logs[log] ?? 0
    if (was === bits) return []
    return [bits < 0 ? `bitmap ${log} is freed` : `bitmap ${log}: host pages ${bits.toString(2)}`]
  }),
  ...(after.updater.ended === before.updater.ended ? [] : [`the update has ${after.updater.ended}`]),
]

const who = (step: RunStep<StepCells>): string => {
  const { self } = step.cells
  return self.who === 'vcpu' ? `vCPU ${self.id}` : self.who
}

const sentences = new Map(stepRules.map(rule => [rule.id, rule.says]))

/** A run for people: who does what, by which rule, and what it changes. */
export const tellRun = (run: Run<StepCells>): string => {
  let before = run.initial
  const start = before.spaces[0]
  const lines = [
    `   before: ${start === undefined ? '' : tellSet(start.published)}`,
    `   wanted: ${tellSet({ slots: before.world.after, blocked: [], noWrites: [] })}`,
  ]
  const tell = (step: RunStep<StepCells>, n: number) => {
    lines.push(
      `${String(n).padStart(3)} ${who(step).padEnd(9)} ${step.rule.padEnd(18)} ${sentences.get(step.rule) ?? ''}`,
    )
    for (const change of changes(before, step.cells)) lines.push(`${' '.repeat(14)}→ ${change}`)
    before = step.cells
  }
  for (const [i, step] of run.steps.entries()) tell(step, i + 1)
  if (run.cycle !== undefined) {
    lines.push('    and for ever:')
    for (const [i, step] of run.cycle.entries()) tell(step, run.steps.length + i + 1)
  }
  lines.push(`    so: ${run.why}`)
  return lines.join('\n')
}
