import { ENDED, printStep } from '../../../oracle/designs/print/step.js'
import { printWhy } from '../../../oracle/designs/print/why.js'
import { COMPANIES, followChoices, type Situation, systemIn } from '../../../oracle/designs/situation.js'
import type { Run, RunStep } from '../../../oracle/explore/result.js'
import { properties } from '../../../spec/properties/properties.js'
import { refuteFamily, type Values } from '../../../spec/rewrite/index.js'
import { actors, stepRelation, stepsFrom } from '../../../spec/rules/steps/relation.js'
import type { Actor, StepCells, StepVcpu } from '../../../spec/terms/steps/cells.js'
import type { Micro } from '../../../spec/terms/steps/script.js'
import { pageBit, type StepSet, slotOf } from '../../../spec/terms/steps/slots.js'
import {
  changesBetween,
  doing,
  type Hindered,
  type Lane,
  type Moment,
  type Segment,
  type Story,
  type Strip,
  type Way,
} from './picture.js'

/** A value at the grain of steps in few words: slots by their ids, the rest as JSON. */
const stepValue = (value: unknown): string => {
  const text =
    JSON.stringify(value, (_, inner: unknown) =>
      typeof inner === 'object' && inner !== null && 'npages' in inner && 'id' in inner
        ? `slot ${inner.id}`
        : inner,
    ) ?? 'nothing'
  return text.length > 80 ? `${text.slice(0, 77)}…` : text
}
const stepValues = (values: Values): string =>
  Object.entries(values)
    .map(([name, value]) => `${name} ${stepValue(value)}`)
    .join(', ')

const nameOf = (actor: Actor): string =>
  actor.kind === 'vcpu' ? `vCPU ${actor.id}` : actor.kind === 'updater' ? 'updater' : 'harvester'

/** Dirty bits of one frame's page. */
const dirtyAt = (logs: readonly number[], log: number, hva: number, frame: number): string =>
  log >= 0 && ((logs[log] ?? 0) & pageBit(hva)) !== 0 && (logs[log] ?? 0) >= 0 ? `frame ${frame}` : ''

const segmentsOf = ({ logs }: StepCells, set: StepSet, frames: number): readonly Segment[] =>
  Array.from({ length: frames }, (_, frame): Segment => {
    const slot = slotOf(set, frame)
    const hva = slot === null ? 0 : slot.hva + frame - slot.base
    return {
      from: frame,
      to: frame + 1,
      label: `frame ${frame}`,
      backing:
        slot === null
          ? null
          : {
              slot: slot.id,
              at: `host page ${hva}`,
              ro: slot.ro,
              log: slot.log >= 0,
              state: slot.state,
              colour: hva,
              dirty: dirtyAt(logs, slot.log, hva, frame),
            },
      blocked: set.blocked.includes(frame) ? 'all' : set.noWrites.includes(frame) ? 'writes' : 'no',
    }
  })

const strips = (cells: StepCells, smm: boolean): readonly Strip[] => {
  const { spaces, world } = cells
  return spaces.flatMap(({ published, other }, space) =>
    space > 0 && !smm
      ? []
      : [
          { name: `space ${space}, published`, segments: segmentsOf(cells, published, world.frames) },
          ...(space === 0
            ? [{ name: 'space 0, the inactive set', segments: segmentsOf(cells, other, world.frames) }]
            : []),
        ],
  )
}

const vcpuIs = ({ at, want, next, hold, cache, out, space }: StepVcpu): string => {
  const access =
    want === null
      ? ''
      : `${want.emulated === true ? 'emulated ' : ''}${want.kind} of frame${want.frames.length > 1 ? 's' : ''} ${want.frames.join(', ')}`
  const where =
    at === 'ready'
      ? 'between accesses'
      : at === 'done'
        ? 'done'
        : at === 'looking'
          ? `${access}: looks up frame ${want?.frames[next] ?? '?'}`
          : at === 'held'
            ? `${access}: holds host page ${hold?.hva ?? '?'}`
            : at === 'marking'
              ? `${access}: has still to mark its page`
              : `${access}: WAITS`
  const cached =
    cache.length === 0
      ? ''
      : `; cached: ${cache.map(one => `${one.frame}→${one.hva === 15 ? 'hole' : one.hva}${one.ro ? ' ro' : ''}`).join(', ')}`
  return `${space === 0 ? '' : 'in SMM, '}${where}${out ? ', kept out of KVM_RUN' : ''}${cached}`
}

/** What an updater is about to do. */
const NEXT: Readonly<Record<Micro['kind'], string>> = {
  'may-fail': 'may begin a call, or fail',
  'may-corrupt': 'may go on, or corrupt kernel state',
  publish: 'is to publish a set',
  replay: 'is to edit the inactive set to match',
  drain: 'waits for accesses that hold an older set',
  revoke: 'is to revoke cached translations',
  hold: 'is to hold accesses back, or to let them go on',
  'await-turns': 'waits until accesses that waited have had their turn',
  flush: 'is to flush the buffers of dirty pages',
  carry: 'is to carry bits to the new logs',
  retire: 'is to hand the caller the bits that are left over',
  free: 'is to free a bitmap',
  'get-log': 'is to fetch a log',
  pause: 'is to keep vCPUs out of KVM_RUN',
  resume: 'is to let vCPUs into KVM_RUN',
  return: 'is to return from a call',
  fail: 'has failed',
  abort: 'is to end the VMM',
  goto: 'is to go on with the next update',
}

const nextOf = (micro: Micro | undefined): string =>
  micro === undefined ? 'has nothing to do' : NEXT[micro.kind]

const lanes = (
  { updater, vcpus, harvester, world }: StepCells,
  last: RunStep<StepCells> | null,
): readonly Lane[] => {
  const self = last?.cells.self
  return [
    {
      name: 'updater',
      is: updater.ended === 'no' ? nextOf(world.script[updater.pc]) : ENDED[updater.ended],
      moved: self?.kind === 'updater',
    },
    ...vcpus.map(vcpu => ({
      name: `vCPU ${vcpu.id}`,
      is: vcpuIs(vcpu),
      moved: self?.kind === 'vcpu' && self.id === vcpu.id,
    })),
    ...(world.harvests > 0
      ? [
          {
            name: 'harvester',
            is: harvester.left > 0 ? 'may harvest' : 'done',
            moved: self?.kind === 'harvester',
          },
        ]
      : []),
  ]
}

const brokenIn = (cells: StepCells): readonly string[] =>
  properties.flatMap(property => {
    if (property.kind !== 'safety') return []
    const why = property.violated(cells)
    return why === null ? [] : [`${property.id}: ${printWhy(why)}`]
  })

const hinderedIn = (cells: StepCells): readonly Hindered[] =>
  actors(cells).flatMap(self =>
    refuteFamily(stepRelation, { ...cells, self }).flatMap(answer =>
      answer.kind !== 'refuted'
        ? []
        : [
            {
              rule: answer.rule.id,
              actor: nameOf(self),
              premise: `${answer.reason.mustFail === true ? 'not ' : ''}${answer.reason.premise}`,
              says: answer.reason.says,
              values: stepValues(answer.reason.values),
            },
          ],
    ),
  )

/** A story of one update under one design, step by step. */
export interface StepStory extends Story {
  readonly situation: Situation
  readonly choices: readonly number[]
  readonly run: Run<StepCells>
  /** Where a run repeats for ever: the moment it goes back to; null for one that ends. */
  readonly backTo: number | null
}

/**
 * The story that choices lead to; null where the design has no plan for the update.
 *
 * @param cycle how many of the last choices repeat for ever
 */
export const stepStory = (situation: Situation, choices: readonly number[], cycle = 0): StepStory | null => {
  const [initial] = systemIn(situation)?.initial ?? []
  if (initial === undefined) return null
  const steps = followChoices(initial, choices)
  const taken = choices.slice(0, steps.length)
  const smm = situation.company === 'smm'
  const cellsAt = (at: number): StepCells => steps[at - 1]?.cells ?? initial
  const stripsAt = (at: number): readonly Strip[] => strips(cellsAt(at), smm)
  return {
    situation,
    choices: taken,
    run: { initial, steps, why: '', shortest: false },
    title: `${situation.design.id}, step by step`,
    notes: [situation.design.says, `Beside the update: ${COMPANIES[situation.company].says}.`],
    length: steps.length,
    backTo: cycle === 0 || taken.length < choices.length ? null : steps.length - cycle,
    moment: (at): Moment => {
      const last = at === 0 ? null : (steps[at - 1] ?? null)
      const now = stripsAt(at)
      return {
        said:
          last === null
            ? 'The machine before the update and before any access.'
            : doing(nameOf(last.cells.self), printStep(cellsAt(at - 1), last)),
        rules: last === null ? [] : [last.rule],
        strips: now,
        lanes: lanes(cellsAt(at), last),
        changed: last === null ? [] : changesBetween(stripsAt(at - 1), now),
        wrong: brokenIn(cellsAt(at)),
      }
    },
    ways: (at): readonly Way[] =>
      stepsFrom(cellsAt(at)).map(({ rule, bindings, cells }) => ({
        rule: rule.id,
        actor: nameOf(cells.self),
        says: printStep(cellsAt(at), { rule: rule.id, actor: 0, bindings, cells }),
      })),
    hindered: at => hinderedIn(cellsAt(at)),
  }
}
