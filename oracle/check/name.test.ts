import { describe, expect, it } from 'vitest'
import { machineWith, operationOn, seeded, slotOf } from '../../spec/generate/index.js'
import { identity } from '../../spec/rewrite/index.js'
import { type Cells, initialMachine } from '../../spec/terms/cells.js'
import { store } from '../../spec/terms/memory.js'
import { hvaPage } from '../../spec/terms/numbers.js'
import { defaultParameters } from '../../spec/terms/parameters.js'
import type { Result } from '../../spec/terms/result.js'
import type { Slot } from '../../spec/terms/slot.js'
import { atRest, effectsOf } from '../effects.js'
import { nameOfMachine, nameOfResult } from './name.js'

/** Values near each other, so that many are equal and many nearly so. */
const near = (): { readonly machines: readonly Cells[]; readonly results: readonly Result[] } => {
  const machines: Cells[] = []
  const results: Result[] = []
  for (let seed = 1; seed <= 60; seed++) {
    const r = seeded(seed)
    const start = machineWith(r, { ...defaultParameters, slotLimit: 8, exact: false, maxGfn: 2 ** 40 - 1 })
    machines.push(start)
    for (let n = 0; n < 40; n++) {
      for (const { cells, result } of effectsOf(start, operationOn(r, start))) {
        machines.push(atRest(cells))
        results.push(result)
      }
    }
  }
  return { machines, results }
}

const partition = <V>(values: readonly V[], name: (value: V) => string): readonly number[] => {
  const firsts = new Map<string, number>()
  return values.map((value, i) => {
    const key = name(value)
    const first = firsts.get(key) ?? i
    firsts.set(key, first)
    return first
  })
}

describe('the names in a check', () => {
  const { machines, results } = near()

  it('of two machines are equal exactly if their identities are', () => {
    const classes = partition(machines, nameOfMachine)
    expect(classes).toEqual(partition(machines, identity))
    expect(new Set(classes).size).toBeGreaterThan(300)
    expect(new Set(classes).size).toBeLessThan(machines.length - 500)
  })

  it('of two results are equal exactly if their identities are', () => {
    const classes = partition(results, nameOfResult)
    expect(classes).toEqual(partition(results, identity))
    expect(new Set(results.map(({ is }) => is)).size).toBe(8)
  })

  it('of memory do not depend on the order in which its pages were written', () => {
    const cells = initialMachine(defaultParameters)
    const written = (...pages: readonly number[]) =>
      pages.reduce((memory, page) => store(memory, hvaPage(page), page, 'abcd'), cells.memory)
    expect(nameOfMachine({ ...cells, memory: written(1, 2) })).toBe(
      nameOfMachine({ ...cells, memory: written(2, 1) }),
    )
    expect(nameOfMachine({ ...cells, memory: written(1) })).not.toBe(
      nameOfMachine({ ...cells, memory: written(2) }),
    )
  })

  it('of slots tell which pages of which guest_memfd are behind them', () => {
    const cells = initialMachine(defaultParameters)
    const backedBy = (gmem: Slot['gmem']) =>
      nameOfMachine({ ...cells, spaces: [{ slots: [{ ...slotOf([1, 0, 1, 0, 'G']), gmem }], swaps: 0 }] })
    const names = [true, { file: 0, first: 0 }, { file: 0, first: 1 }, { file: 1, first: 0 }].map(backedBy)
    expect(new Set(names).size).toBe(4)
  })

  it('cover every cell of a machine', () => {
    const named = ['protect', 'ring', 'memfds', 'spaces', 'vcpus', 'memory', 'host']
    const resting = ['params', 'call', 'returned', 'seen']
    expect(Object.keys(initialMachine(defaultParameters)).toSorted()).toEqual(
      [...named, ...resting].toSorted(),
    )
  })
})
