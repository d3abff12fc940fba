import { describe, expect, it } from 'vitest'
import { faultsOf, seeded, toward } from '../generate/index.js'
import { type Rule, type Successor, step, strict } from '../rewrite/index.js'
import { type Cells, generationOf } from '../terms/cells.js'
import { SMM } from '../terms/numbers.js'
import { batchRules, callRelation, linuxRules } from './calls.js'

/** What mends a failure here. */
const DRAW_IT = 'draw what it needs in spec/generate/operation.ts or spec/generate/machine.ts'
const LEAVE_OR_LIST = 'leave the cells alone, or list it in LEAVES_A_TRACE of spec/rules/reached.test.ts'

/** How often each rule is made to fire. */
const TIMES = 25
const relation = callRelation({ profile: 'batch', errors: 'strict' })

/** The rules that no generated state reaches, each with the reason why none can. */
const UNREACHABLE: ReadonlyMap<string, string> = new Map()

/** Failures that leave a trace on purpose, and what it is. */
const LEAVES_A_TRACE: ReadonlyMap<string, string> = new Map([
  ['get.lost', 'bits are taken before they are copied out'],
  ['set.no-bitmap', 'a failed MOVE has swapped twice'],
  ['set.beyond-max-gfn', 'a failed MOVE has swapped twice'],
  ['set.no-metadata', 'a failed MOVE has swapped twice'],
  ['vcpu.no-identity-map', 'the APIC access page was made before it'],
])

interface Fired extends Successor<Cells> {
  readonly before: Cells
}

const firings = new Map<string, readonly Fired[]>()

/** The rule applied to states generated towards its own left side. */
const fire = (rule: Rule<Cells>): readonly Fired[] => {
  const known = firings.get(rule.id)
  if (known !== undefined) return known
  const r = seeded(rule.id.length * 1009 + (rule.id.codePointAt(rule.id.length - 2) ?? 0))
  const special = rule.special === undefined ? {} : { allocations: 'may fail' as const }
  const fired = Array.from({ length: TIMES }, () => toward(rule, r, special)).flatMap(before =>
    before === null
      ? []
      : step(relation, before)
          .filter(successor => successor.rule.id === rule.id)
          .map(successor => ({ ...successor, before })),
  )
  firings.set(rule.id, fired)
  return fired
}

/** Calls that make slots of KVM's own. */
const IN_EVERY_SPACE = new Set([
  'internal.create',
  'internal.delete',
  'tss.create',
  'vcpu.create',
  'vcpu.no-identity-map',
])

/** A failed run that leaves the vCPU in SMM. */
const MOVES_ITS_VCPU = 'smm.save-fails'

/** The space that a call concerns: an SMI saves in the one of SMM. */
const slotOf = ({ call }: Cells): string => {
  if (call?.op === 'enter-smm') return String(SMM)
  return 'as' in (call ?? {}) ? String((call as { as: number }).as) : 'all'
}

const ordered = strict([...linuxRules, ...batchRules])

describe.each(ordered.map(rule => [rule.id, rule] as const))('%s', (id, rule) => {
  const reachable = !UNREACHABLE.has(id)
  if (reachable)
    it(`applies to at least ${TIMES} generated states`, () => {
      const { length } = fire(rule)
      expect(length, `${id} applies to ${length} states: ${DRAW_IT}`).toBeGreaterThanOrEqual(TIMES)
    })

  it('starts from machines that keep every invariant, and keeps them', () => {
    for (const { before, cells } of fire(rule)) {
      expect(faultsOf(before)).toEqual([])
      expect(faultsOf(cells)).toEqual([])
    }
  })

  it('ends the call with a result of its kind and leaves the parameters alone', () => {
    for (const { cells, before } of fire(rule)) {
      expect(cells.call).toBeNull()
      expect(cells.params).toBe(before.params)
      if (rule.kind === 'call fails') expect(cells.returned?.is).toBe('error')
      if (rule.kind === 'call succeeds') expect(cells.returned?.is).not.toBe('error')
      if (rule.kind === 'access') expect(cells.returned?.is).toBe('access')
    }
  })

  it('touches no address space but the one its call names', () => {
    if (IN_EVERY_SPACE.has(id)) return // a slot appears in every space, or goes from every one, which its own test says
    for (const { cells, before } of fire(rule)) {
      const touched = cells.spaces.flatMap((space, as) => (space === before.spaces[as] ? [] : [String(as)]))
      if (rule.kind === 'access') expect(touched.length).toBeLessThanOrEqual(1)
      else expect(touched.filter(as => as !== slotOf(before))).toEqual([])
    }
  })

  it('answers the generation that is current after it, and never an earlier one', () => {
    for (const { cells, before } of fire(rule)) {
      cells.spaces.forEach((space, as) => {
        expect(generationOf(cells, as)).toBe(as + space.swaps * cells.params.spaces)
        expect(space.swaps).toBeGreaterThanOrEqual(before.spaces[as]?.swaps ?? 0)
      })
      const { returned } = cells
      if (returned !== null && 'generation' in returned && returned.generation !== null)
        expect(String(returned.generation)).toBe(String(generationOf(cells, Number(slotOf(before)))))
    }
  })

  if (rule.kind === 'call fails')
    it('changes nothing, unless its trace is listed', () => {
      for (const { cells, before } of fire(rule)) {
        const { call: _, returned: __, ...after } = cells
        const { call: ___, returned: ____, ...earlier } = before
        if (!LEAVES_A_TRACE.has(id)) {
          const left = id === MOVES_ITS_VCPU ? { ...after, vcpus: earlier.vcpus } : after
          expect(left, `${id} changes the machine: ${LEAVE_OR_LIST}`).toEqual(earlier)
          continue
        }
        after.spaces.forEach((space, as) => {
          const was = earlier.spaces[as]
          if (space === was) return
          if (id === 'vcpu.no-identity-map') expect(space.slots.length).toBe((was?.slots.length ?? 0) + 1)
          else if (id === 'get.lost') expect(space.swaps).toBe(was?.swaps)
          else {
            expect(space.slots).toBe(was?.slots)
            expect(space.swaps).toBe((was?.swaps ?? 0) + 2)
          }
        })
      }
    })
})

const leavesATrace = (rule: Rule<Cells>): boolean => {
  const r = seeded(77)
  for (let n = 0; n < 400; n++) {
    const before = toward(rule, r)
    if (before !== null && step(relation, before).some(({ cells }) => cells.spaces !== before.spaces))
      return true
  }
  return false
}

describe('the failures that are said to leave a trace', () => {
  it.each([...LEAVES_A_TRACE.keys()])('%s does so at least once', id => {
    const rule = ordered.find(other => other.id === id)
    expect(rule !== undefined && leavesATrace(rule)).toBe(true)
  })
  it('are rules that exist, as are the unreachable ones', () => {
    const ids = new Set(ordered.map(rule => rule.id))
    expect([...UNREACHABLE.keys()].filter(id => !ids.has(id))).toEqual([])
  })
})
