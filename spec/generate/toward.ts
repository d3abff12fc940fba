import { compilePattern, type Premise, type Rule } from '../rewrite/index.js'
import type { Cells } from '../terms/cells.js'
import { isAccess, type Operation, type PlainOperation } from '../terms/operation.js'
import type { Parameters } from '../terms/parameters.js'
import { hostWith, machineWith } from './machine.js'
import { MISHAPS, makers } from './operation.js'
import { chance, pick, type Random, seeded, some } from './random.js'
import { withRegisters } from './smm.js'

/** How near cells are to a rule: how many of its premises hold before the first that fails, or −1 without a match. */
const progress = (
  matches: (cells: Cells) => boolean,
  when: readonly Premise<Cells>[],
  cells: Cells,
): number => {
  if (!matches(cells)) return -1
  const failed = when.findIndex(premise => !premise.holds(cells))
  return failed < 0 ? when.length : failed
}

/** Calls whose rules depend on registers, or on registers that were saved. */
const OF_REGISTERS: ReadonlySet<string> = new Set(['enter-smm', 'rsm'])
const TROUBLED: ReadonlySet<string> = new Set(['set', 'batch', 'get-dirty', 'clear-dirty'])

/** Mishaps are rare where calls are drawn, and many rules are about them. */
const mishap = (r: Random, op: string): object => {
  if (!TROUBLED.has(op) || !chance(r, 0.2)) return {}
  return op === 'set' || chance(r, 0.7) ? pick(r, MISHAPS) : { [op === 'batch' ? 'result' : 'bitmap']: 'bad' }
}

/** The same operation with a few of its fields as in another one of its kind, which may lack them. */
const mutateCall = (r: Random, call: Operation, cells: Cells): Operation => {
  const other: Operation = makers[(call as PlainOperation).op](r, cells)
  const names = [...new Set([...Object.keys(call), ...Object.keys(other)])].filter(name => name !== 'op')
  const swapped = new Set([pick(r, names), ...some(r, names, 0.15)])
  const from = (name: string) => (swapped.has(name) ? other : call) as unknown as Record<string, unknown>
  const fields = names.filter(name => name in from(name)).map(name => [name, from(name)[name]])
  return { op: call.op, ...Object.fromEntries(fields), ...mishap(r, call.op) } as Operation
}

const mutate = (r: Random, cells: Cells): Cells => {
  if (cells.call === null || chance(r, 0.1)) return { ...cells, protect: pick(r, [0, 1, 3]) }
  if (chance(r, 0.1)) return { ...cells, ring: !cells.ring }
  if (isAccess(cells.call) && chance(r, 0.2)) return { ...cells, host: hostWith(r) }
  if (OF_REGISTERS.has(cells.call.op) && chance(r, 0.5)) return withRegisters(r, cells)
  return { ...cells, call: mutateCall(r, cells.call, cells) }
}

const RESTART_AFTER = 40
const NO_CELLS: Cells = machineWith(seeded(1))

/**
 * Cells to which the rule applies: a drawn machine and call, changed step by step and never for the worse, where
 * better is to satisfy more of the rule's premises. Null where the tries did not suffice.
 */
export const toward = (
  rule: Rule<Cells>,
  r: Random,
  given: Partial<Parameters> = {},
  tries = 20_000,
): Cells | null => {
  const matches = compilePattern(rule.match).test
  const { op } = (rule.match as { readonly call: { readonly op: PlainOperation['op'] } }).call // every rule of a call has one
  let best: Cells = NO_CELLS
  let nearness = -2
  for (let i = 0; i < tries; i++) {
    const restart = i % RESTART_AFTER === 0
    const machine = restart ? machineWith(r, given) : best
    const candidate = restart ? { ...machine, call: makers[op](r, machine) } : mutate(r, best)
    const now = progress(matches, rule.when, candidate)
    if (restart || now >= nearness) {
      best = candidate
      nearness = now
    }
    if (nearness === rule.when.length) return best
  }
  return null
}
