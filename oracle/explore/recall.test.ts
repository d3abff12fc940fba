import { describe, expect, it } from 'vitest'
import { Recall } from './recall.js'

const row = (...values: number[]) => Uint32Array.from(values)

describe('an answer', () => {
  const recall = new Recall<string>()
  recall.enter(row(1, 7, 0), [0], 'looks at the first alone')
  recall.enter(row(2, 7, 0), [0, 2], 'looks at the last as well')
  recall.enter(row(2, 7, 5), [0, 2], 'found something else there')

  it.each([
    [row(1, 9, 9), 'looks at the first alone'],
    [row(2, 9, 0), 'looks at the last as well'],
    [row(2, 7, 5), 'found something else there'],
    [row(2, 7, 6), undefined],
    [row(3, 7, 0), undefined],
  ])('for %o is %s', (at, answer) => expect(recall.find(at)).toBe(answer))

  it('that looked nowhere is that of every state', () => {
    const constant = new Recall<number>()
    expect(constant.find(row(1))).toBeUndefined()
    constant.enter(row(1), [], 3)
    expect(constant.find(row(2))).toBe(3)
  })
})

describe('a function that remembers', () => {
  it.each([
    ['looks at another part', [1]],
    ['looks no more', []],
    ['looks further', [0, 1]],
  ])('is noticed where it finds the same and %s', (_, looked) => {
    const recall = new Recall<number>()
    recall.enter(row(1, 1), [0], 1)
    expect(() => recall.enter(row(1, 1), looked, 2)).toThrow('looked elsewhere')
  })
})
