import { describe, expect, it } from 'vitest'
import { chance, KINDS, machineWith, type Random, seeded } from '../../spec/generate/index.js'
import type { Cells } from '../../spec/terms/cells.js'
import type { Operation } from '../../spec/terms/operation.js'
import { atRest, effectsOf } from '../effects.js'
import { drawn } from '../generate/history.js'
import { concernedBy, unsettledBy } from './concerned.js'
import { footprintOf, mayMatter } from './footprint.js'
import { nameOfMachine, nameOfResult } from './name.js'

/** What may come of two operations, one after the other: the answers and the machine. */
const outcomes = (cells: Cells, first: Operation, second: Operation, swapped: boolean): readonly string[] =>
  effectsOf(cells, first)
    .flatMap(one =>
      effectsOf(atRest(one.cells), second).map(two => {
        const [a, b] = swapped ? [two, one] : [one, two]
        return `${a.rule.id} ${nameOfResult(a.result)} ${b.rule.id} ${nameOfResult(b.result)} ${nameOfMachine(two.cells)}`
      }),
    )
    .toSorted()

const ACCESSES = ['read', 'fetch', 'walk', 'write', 'rmw', 'ad-update', 'kernel-access'] as const

const pairOn = (r: Random, cells: Cells): readonly [Operation, Operation] =>
  chance(r, 0.5)
    ? [drawn(r, cells, ...ACCESSES), drawn(r, cells, ...ACCESSES, 'get-dirty', 'clear-dirty', 'poke')]
    : [drawn(r, cells, ...KINDS), drawn(r, cells, ...KINDS)]

describe('operations whose order cannot matter', () => {
  it('give the same answers and the same machine in either order', () => {
    const r = seeded(31)
    const met = new Set<string>()
    let apart = 0
    for (let n = 0; n < 12000; n++) {
      const cells = machineWith(r, n % 3 === 0 ? { allocations: 'may fail', errors: 'loose' } : {})
      const [a, b] = pairOn(r, cells)
      const { unsettled } = unsettledBy([a, b], [cells])
      if (mayMatter(footprintOf(a, cells, unsettled), footprintOf(b, cells, unsettled))) continue
      apart++
      met.add(`${a.op} ${b.op}`)
      expect([a, b, outcomes(cells, a, b, false)]).toEqual([a, b, outcomes(cells, b, a, true)])
    }
    expect(apart).toBeGreaterThan(3000)
    expect(met.size).toBeGreaterThan(150)
  })

  it('have the same footprint whatever took effect before them, where it is known what that may change', () => {
    const r = seeded(32)
    for (let n = 0; n < 3000; n++) {
      const cells = machineWith(r)
      const [a, b] = pairOn(r, cells)
      const { unsettled } = unsettledBy([b], [cells])
      for (const { cells: after } of effectsOf(cells, b))
        expect(footprintOf(a, after, unsettled)).toEqual(footprintOf(a, cells, unsettled))
    }
  })
})

describe('the operations in progress that concern another', () => {
  const write = (vcpu: number, gfn: number): Operation => ({ op: 'write', vcpu, gfn, offset: 0, data: 'ff' })
  const look: Operation = { op: 'lookup', as: 1, gfn: 0 }
  const get: Operation = { op: 'get-dirty', as: 0, id: 0 }
  const batch: Operation = { op: 'batch', as: 0, flags: 0, resultSize: 0n as never, entries: [] }
  const begun = (...operations: readonly Operation[]) =>
    new Map(operations.map((operation, n) => [n, { operation }]))
  const cells = machineWith(seeded(1), { spaces: 2, exact: true, internalIds: [] })
  const machine: Cells = {
    ...cells,
    vcpus: [0, 1, 2].map(id => ({ id, space: 0 as never })),
    spaces: cells.spaces.with(0, {
      swaps: 1,
      slots: [
        {
          id: 0,
          base: 0,
          npages: 8,
          hva: 32,
          log: true,
          ro: false,
          gmem: false,
          dirty: { set: [], maybe: [] },
          since: 2,
        } as never,
      ],
    }),
  }
  const concerned = (n: number, ...operations: readonly Operation[]) => [
    ...concernedBy(n, begun(...operations), [machine]).keys(),
  ]

  it('are those at the same page, where no slot changes', () => {
    expect(concerned(0, write(0, 1), write(1, 2), write(2, 1), look)).toEqual([0, 2])
  })
  it('include, through a harvest, all that mark its log', () => {
    expect(concerned(0, get, write(0, 1), write(1, 2), look)).toEqual([0, 1, 2])
    expect(concerned(1, get, write(0, 1), write(1, 2), look)).toEqual([0, 1, 2])
  })
  it('are all accesses, while a batch is in progress', () => {
    expect(concerned(1, batch, write(0, 1), write(1, 2), look)).toEqual([0, 1, 2])
  })
  it('are not those at other bytes of whatever page', () => {
    const beside: Operation = { op: 'write', vcpu: 2, gfn: 1, offset: 8, data: 'ff' }
    expect(concerned(0, write(0, 1), write(1, 1), beside)).toEqual([0, 1])
  })
  it('are never those of another space', () => {
    expect(concerned(3, batch, write(0, 1), write(1, 2), look)).toEqual([3])
  })
})
