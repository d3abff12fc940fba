import { describe, expect, it } from 'vitest'
import { ValueTable } from '../store/value-table.js'
import { Memo } from './memo.js'
import { PartRead } from './part-read.js'
import { PartReader } from './part-reader.js'

const row = (...values: number[]) => Uint32Array.from(values)
const look = [0, 1, 2].map(part => new PartRead(part, null, new ValueTable()))
const at = (...parts: number[]) => parts.map(part => look[part] as PartRead)

describe('an answer', () => {
  const recall = new Memo<string>()
  recall.enter(row(1, 7, 0), at(0), 'looks at the first alone')
  recall.enter(row(2, 7, 0), at(0, 2), 'looks at the last as well')
  recall.enter(row(2, 7, 5), at(0, 2), 'found something else there')

  it.each([
    [row(1, 9, 9), 'looks at the first alone'],
    [row(2, 9, 0), 'looks at the last as well'],
    [row(2, 7, 5), 'found something else there'],
    [row(2, 7, 6), undefined],
    [row(3, 7, 0), undefined],
  ])('for %o is %s', (state, answer) => expect(recall.find(state)).toBe(answer))

  it('that looked nowhere is that of every state', () => {
    const constant = new Memo<number>()
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
    const recall = new Memo<number>()
    recall.enter(row(1, 1), at(0), 1)
    expect(() => recall.enter(row(1, 1), at(...looked), 2)).toThrow('looked elsewhere')
  })
})

describe('a look at an entry', () => {
  const values = new ValueTable()
  const numbers = [
    { at: 'ready', hold: { page: 1 }, left: 2 },
    { at: 'ready', hold: { page: 1 }, left: 1 },
    { at: 'held', hold: null, left: 2 },
  ].map((value, i) => values.number(i, value))

  it('finds the same in values that differ elsewhere, by content', () => {
    const found = (key: string) => {
      const looking = new PartRead(0, key, values)
      return numbers.map(number => looking.at(number))
    }
    expect([found('at'), found('hold'), found('left')]).toEqual([
      [0, 0, 1],
      [0, 0, 1],
      [0, 1, 0],
    ])
  })
})

describe('a looker', () => {
  const values = new ValueTable()
  const entries = Object.fromEntries(Array.from('abcdefgh', (key, i) => [key, i]))
  const looker = new PartReader([values], Uint32Array.of(values.number('all', entries)))
  const looked = (...keys: (string | undefined)[]) => {
    looker.begin()
    for (const key of keys) looker.get(0, key)
    return looker.looked.length
  }

  it('notes every place once', () => expect([looked('a', 'b', 'a'), looked('b')]).toEqual([2, 1]))
  it('notes no entry of what was seen as a whole', () => expect(looked('a', undefined, 'b')).toBe(2))
  it('takes many entries for all', () => expect(looked(...'abcdefgh')).toBe(7))
})
