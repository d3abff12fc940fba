import { describe, expect, it } from 'vitest'
import { ValueTable } from '../store/value-table.js'
import { Memo } from './memo.js'
import { PartRead } from './part-read.js'
import { PartReader } from './part-reader.js'

const row = (...values: number[]) => Uint32Array.from(values)
const reads = [0, 1, 2].map(part => new PartRead(part, null, new ValueTable()))
const at = (...parts: number[]) => parts.map(part => reads[part] as PartRead)

describe('a memo', () => {
  const memo = new Memo<string>()
  memo.enter(row(1, 7, 0), at(0), 'reads the first part alone')
  memo.enter(row(2, 7, 0), at(0, 2), 'reads the last part as well')
  memo.enter(row(2, 7, 5), at(0, 2), 'finds something else there')

  it.each([
    [row(1, 9, 9), 'reads the first part alone'],
    [row(2, 9, 0), 'reads the last part as well'],
    [row(2, 7, 5), 'finds something else there'],
    [row(2, 7, 6), undefined],
    [row(3, 7, 0), undefined],
  ])('of a function of the state gives for %o: %s', (state, answer) => expect(memo.find(state)).toBe(answer))

  it('gives every state the answer of a function that reads nothing', () => {
    const constant = new Memo<number>()
    expect(constant.find(row(1))).toBeUndefined()
    constant.enter(row(1), [], 3)
    expect(constant.find(row(2))).toBe(3)
  })
})

describe('a memo of a function that is not one of the state alone', () => {
  it.each([
    ['reads another part', [1]],
    ['reads no more', []],
    ['reads further', [0, 1]],
  ])('throws where the function has read the same and now %s', (_, parts) => {
    const memo = new Memo<number>()
    memo.enter(row(1, 1), at(0), 1)
    expect(() => memo.enter(row(1, 1), at(...parts), 2)).toThrow('read different parts')
  })
})

describe('a read of an entry', () => {
  const values = new ValueTable()
  const numbers = [
    { at: 'ready', hold: { page: 1 }, left: 2 },
    { at: 'ready', hold: { page: 1 }, left: 1 },
    { at: 'held', hold: null, left: 2 },
  ].map((value, i) => values.number(i, value))

  it('finds the same, by content, in values that differ in other entries', () => {
    const found = (key: string) => {
      const read = new PartRead(0, key, values)
      return numbers.map(number => read.at(number))
    }
    expect([found('at'), found('hold'), found('left')]).toEqual([
      [0, 0, 1],
      [0, 0, 1],
      [0, 1, 0],
    ])
  })
})

describe('a reader of parts', () => {
  const values = new ValueTable()
  const entries = Object.fromEntries(Array.from('abcdefgh', (key, i) => [key, i]))
  const reader = new PartReader([values], Uint32Array.of(values.number('all', entries)))
  const countReads = (...keys: (string | undefined)[]) => {
    reader.begin()
    for (const key of keys) reader.get(0, key)
    return reader.reads.length
  }

  it('records every entry once', () => expect([countReads('a', 'b', 'a'), countReads('b')]).toEqual([2, 1]))
  it('records no entry of a part that was read whole', () => expect(countReads('a', undefined, 'b')).toBe(2))
  it('records more than six entries of a part as the whole part', () =>
    expect(countReads(...'abcdefgh')).toBe(7))
})
