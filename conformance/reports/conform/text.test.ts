import { describe, expect, it } from 'vitest'
import type { ConformReport } from './codec.js'
import { type ConformTextOptions, renderConform } from './text.js'

const EXHAUSTIVE = ['fetch/pairs/32-bit', 'fetch/pairs/pae']
const families = Array.from({ length: 30 }, (_, i) => `family-${i}`)
const ids = [
  ...families.flatMap(family => [`${family}/a`, `${family}/b`]),
  'by-hand/set/a',
  'fetch/pairs/32-bit/7',
]

const report = (changes: Partial<ConformReport> = {}): ConformReport => ({
  schema: 'memslot-conform',
  version: 1,
  target: 'impl',
  total: ids.length,
  passed: ids.length,
  failed: 0,
  skipped: 0,
  seconds: 1.5,
  interrupted: false,
  deviations: [],
  skips: [],
  coverage: {
    rules: 20,
    fired: 18,
    polarities: 60,
    reached: 50,
    excluded: [{ what: 'set.a: one fails', why: 'It cannot fail alone.' }],
    missing: ['set.b', 'set.c: two holds'],
  },
  blocks: { run: 1, of: 10, cases: 1, seed: 7 },
  ...changes,
})

const rendered = (changes: Partial<ConformReport> = {}, options: Partial<ConformTextOptions> = {}) =>
  renderConform(report(changes), {
    color: false,
    ids,
    exhaustive: EXHAUSTIVE,
    all: false,
    coverage: false,
    again: () => 'memslot conform',
    ...options,
  })

const skips = Array.from({ length: 30 }, (_, i) => ({ reason: `no feature-${i}`, cases: i + 1 }))

describe('the report of a run of the suite', () => {
  it('has at most 25 lines where nothing failed, however many families and reasons for skips there are', () => {
    const text = rendered({ skips, skipped: 465 })
    expect(text.split('\n').length).toBeLessThanOrEqual(25)
    expect(text).toContain('skipped 30 cases: no feature-29')
    expect(text).toContain('skipped 210 cases: other reasons')
    expect(text.split('\n').at(-1)).toBe('62 passed, 0 failed, 465 skipped in 1.5 s')
  })

  it('sums families up by the origin of their cases, and names those with failures', () => {
    const deviation = { case: 'family-3/a', says: '', at: 0, operation: '', seen: '', allowed: [] }
    const text = rendered({ failed: 1, deviations: [{ ...deviation, explanation: '', trace: '' }] })
    expect(text).toMatch(
      /generated +60 +1\n {2}written by hand +1 +0\n {2}exhaustive families +1 +0\n {2}family-3 +2 +1\n\n/,
    )
    expect(text).not.toContain('family-4')
  })

  it('of a part of the blocks has one line of coverage', () => {
    const lines = rendered().split('\n')
    expect(lines.filter(line => /coverage|reached|excluded/.test(line))).toEqual([
      'coverage: 18 of 20 rules fired, 50 of 60 premise polarities reached, 1 excluded, 2 not reached (--coverage names them)',
    ])
  })

  it('of everything lists what was not reached: the suite lacks it', () => {
    const whole = rendered({ blocks: { run: 10, of: 10, cases: 1 } })
    expect(whole).toContain('  not reached: set.b\n  not reached: set.c: two holds\n')
  })

  it('lists families, exclusions and what was not reached where coverage is asked for', () => {
    const text = rendered({}, { coverage: true })
    expect(text).toMatch(/\n {2}family-29 +2 +0\n/)
    expect(text).toContain('  excluded: It cannot fail alone.\n    set.a: one fails\n  not reached: set.b\n')
  })
})
