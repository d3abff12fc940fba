import type { Design, Update } from '../../spec/designs/design.js'
import { repeated, unlogged } from '../../spec/designs/repeated.js'
import { identity } from '../../spec/rewrite/index.js'
import { stepsFrom } from '../../spec/rules/steps/relation.js'
import type { StepCells } from '../../spec/terms/steps/cells.js'
import type { StepSlot } from '../../spec/terms/steps/slots.js'
import type { Run, RunStep } from '../explore/result.js'
import type { System } from '../explore/system.js'
import { actorOf, systemOf } from './system/system.js'
import {
  ALONE,
  EMULATED,
  INTERRUPTED,
  INTERRUPTED_INSIDE,
  KERNEL,
  KERNEL_ERRS,
  PAIR,
  SMM,
  scopeOf,
  WAITING,
  WAITING_INSIDE,
  type Workload,
  WRITERS,
} from './workloads.js'

/** What goes on beside an update, by the name it has in links. */
export const COMPANIES = {
  alone: { says: 'one vCPU with two accesses, and a harvest', workload: ALONE, warm: false, forEver: false },
  pair: {
    says: 'two vCPUs with one access each, everything cached',
    workload: PAIR,
    warm: true,
    forEver: false,
  },
  smm: { says: 'one vCPU that enters SMM and leaves it', workload: SMM, warm: true, forEver: false },
  writers: {
    says: 'one vCPU with atomic, table and page-crossing writes',
    workload: WRITERS,
    warm: true,
    forEver: false,
  },
  interrupted: {
    says: 'one access, interrupted once, and a harvest',
    workload: INTERRUPTED,
    warm: false,
    forEver: false,
  },
  emulated: { says: 'two vCPUs, for which KVM emulates', workload: EMULATED, warm: true, forEver: false },
  kernel: {
    says: 'two actors, vCPUs or the kernel itself, which defers at a blocked page',
    workload: KERNEL,
    warm: true,
    forEver: false,
  },
  'kernel-errs': {
    says: 'two actors, vCPUs or the kernel itself, which can neither wait nor defer',
    workload: KERNEL_ERRS,
    warm: true,
    forEver: false,
  },
  waiting: {
    says: 'one access, while updates there and back again follow each other for ever',
    workload: WAITING,
    warm: false,
    forEver: true,
  },
  'waiting-inside': {
    says: 'one emulated access, while updates there and back again follow each other for ever',
    workload: WAITING_INSIDE,
    warm: false,
    forEver: true,
  },
  'interrupted-for-ever': {
    says: 'one access, interrupted once, while updates there and back again follow each other for ever',
    workload: INTERRUPTED,
    warm: false,
    forEver: true,
  },
  'interrupted-inside': {
    says: 'one emulated access, interrupted once, while updates there and back again follow each other for ever',
    workload: INTERRUPTED_INSIDE,
    warm: false,
    forEver: true,
  },
} as const satisfies Readonly<
  Record<
    string,
    { readonly says: string; readonly workload: Workload; readonly warm: boolean; readonly forEver: boolean }
  >
>
export type Company = keyof typeof COMPANIES
export const companies = Object.keys(COMPANIES) as readonly Company[]

/** An update under a design, and what goes on beside it. */
export interface Situation {
  readonly design: Design
  readonly update: Update
  readonly company: Company
}

/** Everything that may happen in a situation; null where the design has no plan for the update. */
export const systemIn = ({ design, update, company }: Situation): System<StepCells> | null => {
  const { workload, warm, forEver } = COMPANIES[company]
  const planned = forEver ? repeated(design) : design
  const wanted = forEver ? unlogged(update) : update
  if (wanted === null) return null
  return systemOf(planned, wanted, scopeOf(workload, wanted.frames, warm))
}

const slotText = ({ id, base, npages, hva, ro, log }: StepSlot): string =>
  `${id}:${base}+${npages}@${hva}${log >= 0 ? ' log' : ''}${ro ? ' ro' : ''}`

/** An update as `readScenario` reads it. */
export const scenarioText = ({ before, after }: Pick<Update, 'before' | 'after'>): string =>
  `${before.map(slotText).join(', ')} -> ${after.map(slotText).join(', ')}`.trim()

/** A run as the choices that lead to it: at each moment, which of the possible steps is taken. */
export interface Choices {
  readonly choices: readonly number[]
  /** How many of the last choices repeat for ever; 0 for a run that ends. */
  readonly cycle: number
}

/** The choices of a run; null where a step of it is none that the rules allow. */
export const choicesOf = ({ initial, steps, cycle = [] }: Run<StepCells>): Choices | null => {
  let at = initial
  const choices: number[] = []
  for (const { rule, cells } of [...steps, ...cycle]) {
    const name = identity(cells)
    const choice = stepsFrom(at).findIndex(next => next.rule.id === rule && identity(next.cells) === name)
    if (choice < 0) return null
    choices.push(choice)
    at = cells
  }
  return { choices, cycle: cycle.length }
}

/** The steps that choices lead to, as far as they can be followed. */
export const followChoices = (
  initial: StepCells,
  choices: readonly number[],
): readonly RunStep<StepCells>[] => {
  const steps: RunStep<StepCells>[] = []
  let at = initial
  for (const choice of choices) {
    const next = stepsFrom(at)[choice]
    if (next === undefined) break
    steps.push({ rule: next.rule.id, actor: actorOf(next), bindings: next.bindings, cells: next.cells })
    at = next.cells
  }
  return steps
}
