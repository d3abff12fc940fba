import { describe, expect, it } from 'vitest'
import { machineWith, operationOn, pick, type Random, seeded } from '../generate/index.js'
import { identity, type Refutation, refuteFamily, step } from '../rewrite/index.js'
import type { Cells } from '../terms/cells.js'
import { KERNEL_NAMES } from '../terms/kernels.js'
import type { Operation } from '../terms/operation.js'
import type { Parameters } from '../terms/parameters.js'
import { callRelation } from './calls.js'

const STATES = 8000
/** What mends a failure here. */
const ORDER = 'a check that comes first belongs in `after` or `when` of all that come later'

/** Where the path of an access is not told, what any path does is allowed: told here, so that there is one. */
const told = (call: Operation, r: Random): Operation =>
  call.op === 'read' || call.op === 'fetch' || call.op === 'write' || call.op === 'rmw'
    ? { ...call, by: pick(r, ['emulator', 'hardware']) }
    : call

const named = (cells: Cells, rules: readonly string[]): string =>
  `[${rules.join()}] on ${JSON.stringify(cells.call, (_, v) => (typeof v === 'bigint' ? `${v}n` : v))}`

/** The rules that apply to generated states with a call, where they are not one. */
const exceptions = (profile: Parameters['profile'], seed: number, fits: (count: number) => boolean) => {
  const r = seeded(seed)
  const rel = callRelation({ profile, errors: 'strict' })
  const found: string[] = []
  for (let n = 0; n < STATES; n++) {
    const machine = machineWith(r, { profile, allocations: 'succeed', errors: 'strict' })
    const cells = { ...machine, call: told(operationOn(r, machine), r) }
    const applied = step(rel, cells).map(({ rule }) => rule.id)
    if (!fits(applied.length)) found.push(named(cells, applied))
  }
  return found
}

describe('in strict order, where allocations succeed and the kernel is named', () => {
  for (const profile of ['linux', 'batch'] as const) {
    it(`at most one rule of ${profile} applies to a label and a configuration, and it applies in one way`, () => {
      const found = exceptions(profile, 11, count => count <= 1)
      expect(found, `two rules apply: ${ORDER}. ${found[0]}`).toEqual([])
    })
    it(`at least one rule of ${profile} applies: no label is stuck`, () => {
      const found = exceptions(profile, 12, count => count >= 1)
      expect(found, `no rule applies: ${ORDER}. ${found[0]}`).toEqual([])
    })
  }

  it('every other rule of the family is refuted by name, each for one premise that fails', () => {
    const r = seeded(13)
    const rel = callRelation({ profile: 'batch', errors: 'strict' })
    for (let n = 0; n < 400; n++) {
      const machine = machineWith(r)
      const cells = { ...machine, call: told(operationOn(r, machine), r) }
      const answers: readonly Refutation<Cells>[] = refuteFamily(rel, cells)
      expect(answers.filter(answer => answer.kind === 'applies')).toHaveLength(1)
      for (const answer of answers) {
        if (answer.kind !== 'refuted') continue
        const failed = answer.rule.when[answer.held]
        expect(failed?.holds(cells)).toBe(false)
        expect(answer.reason.premise).toBe((failed?.negates ?? failed)?.name)
      }
    }
  })
})

describe('where no kernel is named', () => {
  it('a call may end as it does on one of the kernels, and in no other way', () => {
    const r = seeded(15)
    const rel = callRelation({ profile: 'linux', errors: 'strict' })
    let differ = 0
    for (let n = 0; n < STATES; n++) {
      const machine = machineWith(r, { allocations: 'succeed', profile: 'linux' })
      const { kernel: _, ...params } = machine.params
      const call = operationOn(r, machine)
      const outcomes = (at: Partial<Parameters>): readonly string[] =>
        step(rel, { ...machine, params: { ...params, ...at }, call }).map(
          ({ cells: { params: __, ...after } }) => identity(after),
        )
      const named = new Set(KERNEL_NAMES.flatMap(kernel => outcomes({ kernel })))
      expect(new Set(outcomes({}))).toEqual(named)
      if (named.size > 1) differ++
    }
    expect(differ).toBeGreaterThan(100)
  })
})

describe('where allocations may fail', () => {
  it('a call that would have allocated may also end in ENOMEM, and in nothing else besides', () => {
    const r = seeded(14)
    let scarce = 0
    for (let n = 0; n < STATES; n++) {
      const machine = machineWith(r, { allocations: 'may fail' })
      const cells = { ...machine, call: told(operationOn(r, machine), r) }
      const ways = step(callRelation({ profile: 'batch', errors: 'strict' }), cells)
      const [first, second, ...more] = ways
      expect(more).toEqual([])
      expect(first).toBeDefined()
      if (second === undefined) continue
      scarce++
      const outcomes = [first, second].map(way => way?.cells.returned)
      expect(outcomes).toContainEqual(expect.objectContaining({ is: 'error', errno: 'ENOMEM' }))
    }
    expect(scarce).toBeGreaterThan(300)
  })
})
