import { describe, expect, it } from 'vitest'
import { NameTable } from './name-table.js'

/** Units of every width in UTF-8, halves of pairs, and what stands for text that is none. */
const UNITS = [
  'a',
  'b',
  '\0',
  '\x7f',
  'é',
  '߿',
  'ࠀ',
  '\ud800',
  '\udc00',
  '\udfff',
  '\uf000',
  '\ufffd',
  '\uffff',
  '😀',
]

const drawnName = (i: number): string => {
  let name = ''
  for (let n = i; n > 0; n = Math.floor(n / UNITS.length)) name += UNITS[n % UNITS.length]
  return name
}

describe('a table of names', () => {
  it('numbers names in the order in which they are added, each once', () => {
    const table = new NameTable()
    expect(['x', 'y', 'x', '', 'y', ''].map(name => table.add(name))).toEqual([0, 1, 0, 2, 1, 2])
    expect(table.size).toBe(3)
    expect(table.find('z')).toBe(-1)
  })

  it('keeps every string apart and in full, well-formed or not', () => {
    const table = new NameTable()
    const names = Array.from({ length: 60_000 }, (_, i) => drawnName(i))
    const reference = new Map<string, number>()
    for (const name of [...names, ...names]) {
      if (!reference.has(name)) reference.set(name, reference.size)
      if (table.add(name) !== reference.get(name))
        throw new Error(`${JSON.stringify(name)} was taken for another`)
    }
    expect([...reference].filter(([name, id]) => table.nameOf(id) !== name)).toEqual([])
  })

  it('keeps names that fill several chunks, long ones among them', () => {
    const table = new NameTable()
    const nameOf = (i: number) => `${i} ${'long '.repeat(i % 600)}`
    for (let i = 0; i < 3000; i++) expect(table.add(nameOf(i))).toBe(i)
    for (let i = 0; i < 3000; i++) expect(table.nameOf(i)).toBe(nameOf(i))
    for (let i = 0; i < 3000; i++) expect(table.find(nameOf(i))).toBe(i)
    expect(table.bytes).toBeGreaterThan(4_000_000)
  })

  it('takes no more names than its limit, and still finds those it has', () => {
    const table = new NameTable(2)
    expect(['a', 'b', 'c', 'a', 'b'].map(name => table.add(name))).toEqual([0, 1, -1, 0, 1])
  })

  it('throws for a name of more than 65 536 units', () => {
    expect(() => new NameTable().add('x'.repeat(70_000))).toThrow('70000 units')
  })
})
