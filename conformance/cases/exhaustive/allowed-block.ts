import { effectsOf } from '../../../oracle/effects.js'
import { parametersOf } from '../../../oracle/wire/config.js'
import { type Cells, initialMachine } from '../../../spec/terms/cells.js'
import { isAccess, isVirtual, type Operation } from '../../../spec/terms/operation.js'
import { answersOf } from '../allowed.js'
import type { Allowed } from '../case.js'
import { canonicalAllowed, outcomeLine } from './canonical.js'
import type { Posed } from './exhaustive.js'
import { digestOf, type FrozenBlock } from './frozen-block.js'

interface Reached {
  readonly cells: Cells
  readonly allow: readonly (readonly Allowed[])[]
}

/** Generations count what came before, on a VM that cases may share. */
const onAnyVm = ({ generation: _, ...answer }: Allowed): Allowed => answer

const through = (from: Cells, ops: readonly Operation[]): Reached => {
  let cells = from
  const allow: (readonly Allowed[])[] = []
  for (const operation of ops) {
    const effects = effectsOf(cells, operation)
    const [first] = effects
    if (first === undefined) throw new Error(`no rule applies to ${operation.op}`) // a test: no label is stuck
    allow.push(answersOf(effects.map(({ result }) => result)).map(onAnyVm))
    cells = { ...first.cells, returned: null }
  }
  return { cells, allow }
}

/**
 * The answers that the specification allows to each case, in Linux's order of errors. A setup that cases share is
 * stepped through once.
 */
export const allowedBlock = (cases: readonly Posed[]): readonly (readonly (readonly Allowed[])[])[] => {
  let shared: (Reached & Pick<Posed, 'config' | 'setup'>) | null = null
  return cases.map(({ config, setup, ops }) => {
    if (shared === null || shared.setup !== setup || shared.config !== config) {
      const machine = initialMachine(parametersOf({ ...config, errors: 'strict' }))
      shared = { config, setup, ...through(machine, setup) }
    }
    return [...shared.allow, ...through(shared.cells, ops).allow]
  })
}

/** An outcome for people: how it ends, and the exception or exit. */
const wordsOf = ({ end, errno, exception, exit }: Allowed): string =>
  [
    end ?? errno ?? 'ok',
    ...(end !== undefined && errno !== undefined ? [errno] : []),
    ...(exception === undefined ? [] : [exception.vector]),
    ...(exception?.error === undefined ? [] : [`0x${exception.error.toString(16)}`]),
    ...(exit === undefined
      ? []
      : [`ndata ${exit.ndata}`, ...(exit.pending === undefined ? [] : ['#UD pending'])]),
  ].join(' ')

/** How the access that a case is about may end: the first by linear address, or the last by frame. */
const wordsOfCase = ({ setup, ops }: Posed, allow: readonly (readonly Allowed[])[]): string => {
  const first = ops.findIndex(isVirtual)
  const at = first < 0 ? ops.findLastIndex(isAccess) : first
  const allowed = allow[at < 0 ? allow.length - 1 : setup.length + at] ?? []
  return [...new Set(allowed.map(wordsOf))].sort().join(' or ')
}

const digestWhere = (
  cases: readonly Posed[],
  allowed: readonly (readonly (readonly Allowed[])[])[],
  some: (answers: readonly Allowed[]) => readonly Allowed[],
): string =>
  digestOf(
    cases.map(({ id }, i) =>
      outcomeLine(
        id,
        (allowed[i] ?? []).map(answers => canonicalAllowed(some(answers))),
      ),
    ),
  )

/** What is frozen of a block. */
export const frozenBlockOf = (cases: readonly Posed[]): FrozenBlock => {
  const allowed = allowedBlock(cases)
  const outcomes = new Map<string, number>()
  for (const [i, posed] of cases.entries()) {
    const words = wordsOfCase(posed, allowed[i] ?? [])
    outcomes.set(words, (outcomes.get(words) ?? 0) + 1)
  }
  const digest = digestWhere(cases, allowed, answers => answers)
  const first = digestWhere(cases, allowed, answers => answers.slice(0, 1))
  return {
    digest,
    outcomes: Object.fromEntries([...outcomes].sort()),
    ...(first === digest ? {} : { first }),
  }
}
