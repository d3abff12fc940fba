import { describe, expect, it } from 'vitest'
import { RowTable } from './row-table.js'

describe('a table of rows', () => {
  it('numbers rows in the order in which they are added, each once', () => {
    const table = new RowTable(3)
    const row = new Uint32Array(3)
    const many = 40_000
    for (let round = 0; round < 2; round++)
      for (let i = 0; i < many; i++) {
        row.set([i >>> 8, i & 255, 7])
        if (table.add(row) !== i) throw new Error(`row ${i}`)
      }
    expect(table.size).toBe(many)
    for (const i of [0, 1, 1023, 1024, many - 1]) {
      table.read(i, row)
      expect([...row]).toEqual([i >>> 8, i & 255, 7])
    }
  })

  it('keeps a row in its own words and few bytes more', () => {
    const table = new RowTable(12)
    for (let i = 0; i < 50_000; i++) table.add(new Uint32Array(12).fill(i))
    expect(table.bytes / table.size).toBeLessThan(12 * 4 + 20)
  })

  it('takes no more rows than its limit, and still finds those it has', () => {
    const table = new RowTable(1, 2)
    const add = (n: number) => table.add(Uint32Array.of(n))
    expect([add(5), add(6), add(7), add(5), add(6)]).toEqual([0, 1, -1, 0, 1])
    expect(table.size).toBe(2)
  })
})
