import { describe, expect, it } from 'vitest'
import { machineWith, pages, seeded } from '../../spec/generate/index.js'
import { generation, u64 } from '../../spec/terms/numbers.js'
import { ended, failed, type Result, type Retired, type Seen } from '../../spec/terms/result.js'
import { effectsOf } from '../effects.js'
import { answerTo } from '../generate/answer.js'
import { drawn } from '../generate/history.js'
import { printOperation, printResult, printSeen } from './print.js'

const found = { id: 3, page: 2, hva: u64(0x7000), ro: true, log: true }
const ranges = [{ as: 1, id: 3, gfn: 16, npages: 2 }]
const retired: readonly Retired[] = [
  { id: 0, base: 0, npages: 8, set: pages(0, 1), maybe: [] },
  { id: 4, base: 8, npages: 8, set: pages(5), maybe: pages(6) },
]
const batch = (asked: 'bits' | 'records' | 'total', of = retired): Result => ({
  is: 'batch',
  generation: generation(6),
  retired: of,
  asked,
})
const log: Result = {
  is: 'log',
  as: 0,
  id: 0,
  set: pages(0, 1, 4),
  maybe: pages(7),
  bytes: 8,
  generation: generation(4),
}

describe('an operation', () => {
  it('with as many entries as there are slots is printed in a few lines', () => {
    const entry = { do: 'remove', id: 7, gpa: u64(0), size: u64(0), hva: u64(0), flags: 0 } as const
    const entries = Array.from({ length: 32764 }, () => entry)
    const text = printOperation({ op: 'batch', as: 0, flags: 0, resultSize: u64(0), entries })
    expect(text).toMatch(/^batch\(as=0, .*"id":7,.*, … and 32748 more\]\)$/)
    expect(text.length).toBeLessThan(2000)
  })
})

describe('what is allowed', () => {
  it.each<readonly [string, Result]>([
    ['EINVAL', failed('EINVAL')],
    ['EINVAL at entry 2', failed('EINVAL', 2)],
    ['ENOSPC at entry -1, bound 0x50', failed('ENOSPC', -1, u64(80))],
    ['success', { is: 'done', generation: null }],
    ['success at generation 4', { is: 'done', generation: generation(4) }],
    ['dirty pages 0-1,4 and perhaps 7 at generation 4', log],
    ['dirty pages none at generation 4', { ...log, set: [], maybe: [] } as Result],
    [
      'success at generation 6, slot 0 retired pages 0-1; slot 4 retired pages 5 and perhaps 6',
      batch('bits'),
    ],
    ['success at generation 6, slot 0 2 bits retired; slot 4 1 to 2 bits retired', batch('records')],
    ['success at generation 6, 3 to 4 bits retired', batch('total')],
    ['success at generation 6, nothing retired', batch('bits', [])],
    ['success at generation 6, 0 bits retired', batch('total', [])],
    ['a hole', { is: 'found', found: null }],
    ['slot 3, page 2, hva 0x7000, LOG, RO', { is: 'found', found }],
    ['frames 1:3:16+2', { is: 'ranges', ranges }],
    ['frames none', { is: 'ranges', ranges: [] }],
    ['data c0de', ended('data', 'c0de')],
    ['mmio', ended('mmio')],
    [
      'mmio (read 2 at 0x2000, write c1c2 at 0x2000)',
      ended('mmio', null, null, {
        mmio: [
          { gpa: u64(0x2000), size: 2 },
          { gpa: u64(0x2000), size: 2, data: 'c1c2' },
        ],
      }),
    ],
    ['fault EFAULT', ended('fault', null, 'EFAULT')],
  ])('is printed as: %s', (text, result) => {
    expect(printResult(result)).toBe(text)
  })
})

describe('what was seen', () => {
  it.each<readonly [string, Seen]>([
    ['EDOM', { is: 'error', errno: 'EDOM' }],
    ['ENOSPC at entry -1, bound 0x50', { is: 'error', errno: 'ENOSPC', index: -1, bound: u64(80) }],
    ['success', { is: 'ok' }],
    ['success at generation 4', { is: 'ok', generation: 4 }],
    [
      'dirty pages 0-1,4 at generation 4, bytes 8',
      {
        is: 'ok',
        generation: 4,
        bytes: 8,
        bits: [
          [0, 2],
          [4, 1],
        ],
      },
    ],
    ['dirty pages none', { is: 'ok', bits: [] }],
    [
      'success, slot 0 retired pages 0-1',
      { is: 'ok', retired: [{ id: 0, base: 0, npages: 8, count: 2, bits: [[0, 2]] }] },
    ],
    ['success, slot 0 1 bit retired', { is: 'ok', retired: [{ id: 0, base: 0, npages: 8, count: 1 }] }],
    ['success, nothing retired', { is: 'ok', retired: [] }],
    ['success at generation 6, 3 bits retired', { is: 'ok', generation: 6, retiredCount: 3 }],
    ['a hole', { is: 'ok', found: null }],
    ['slot 3, page 2, hva 0x7000, LOG, RO', { is: 'ok', found }],
    ['frames 1:3:16+2', { is: 'ok', ranges }],
    ['frames none', { is: 'ok', ranges: [] }],
    ['success, x-ns 12', { is: 'ok', 'x-ns': 12 } as Seen],
    ['data c0de', { is: 'access', end: 'data', data: 'c0de' }],
    ['fault EFAULT', { is: 'access', end: 'fault', errno: 'EFAULT' }],
  ])('is printed as: %s', (text, seen) => {
    expect(printSeen(seen)).toBe(text)
  })

  it('is printed like the result that it equals', () => {
    const r = seeded(3)
    for (let n = 0; n < 2000; n++) {
      const cells = machineWith(r, { exact: true })
      for (const { result } of effectsOf(cells, drawn(r, cells))) {
        const seen = answerTo(r, result)
        const whole = printSeen({
          ...seen,
          ...('generation' in result && result.generation !== null ? { generation: result.generation } : {}),
          ...(result.is === 'access' && result.data !== null ? { data: result.data } : {}),
        } as Seen)
        const text = result.is === 'log' ? whole.replace(/, bytes \d+$/, '') : whole
        if (result.is === 'access') expect(printResult(result).startsWith(text)).toBe(true)
        // An answer to a load of registers does not say that it is one.
        else if (result.is === 'loaded' && result.exception === null) expect(text).toBe('success')
        else expect(text).toBe(printResult(result))
      }
    }
  })
})
