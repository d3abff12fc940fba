import { describe, expect, it } from 'vitest'
import { batchOf, deleteOf, entryOf, pages, setOf } from '../../spec/generate/index.js'
import { printOperation, printValues } from './print.js'

describe('an operation', () => {
  it('is printed by its name and its fields, as they stand in a trace', () => {
    expect(printOperation(deleteOf(2))).toBe('set(as=0, id=2, gpa=0x0, size=0x0, hva=0x0, flags=0)')
    expect(printOperation({ op: 'rsm', vcpu: 1 })).toBe('rsm(vcpu=1)')
    expect(printOperation({ ...setOf([0, 1, 1, 1]), caller: 'stranger' })).toContain('caller=stranger')
    expect(printOperation(batchOf([entryOf([0, 1, 1, 1])]))).toContain(
      'entries=[{"do":"set","id":0,"gpa":"0x1000","size":"0x1000","hva":"0x1000","flags":0}]',
    )
  })
})

describe('the values of a refutation', () => {
  it('are printed by their types', () => {
    const slot = {
      id: 1,
      base: 2,
      npages: 1,
      hva: 3,
      log: true,
      ro: true,
      gmem: false,
      dirty: { set: pages(0), maybe: [] },
      since: 0,
    }
    expect(printValues({ size: 0x1001n, limit: null, gone: undefined, name: 'a' })).toBe(
      'size 0x1001, limit none, name "a"',
    )
    expect(
      printValues({
        lost: [
          [0, 2],
          [5, 1],
        ],
      }),
    ).toBe('lost 0-1,5')
    expect(printValues({ wanted: { base: 2, npages: 4 } })).toBe('wanted frames 2-5')
    expect(printValues({ other: slot })).toBe('other #1 (gpa 0x2000, 1 page, hva 0x3000, LOG|RO, dirty 0)')
    expect(printValues({ deep: { bound: 16n } })).toBe('deep {"bound":"0x10"}')
    expect(printValues({ long: 'x'.repeat(300) })).toMatch(/^long "x{116}…$/)
  })
})
