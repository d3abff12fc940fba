import { describe, expect, it } from 'vitest'
import type { ConformReport } from './codec.js'
import { junitOf } from './junit.js'

const report: ConformReport = {
  schema: 'memslot-conform',
  version: 1,
  target: 'impl',
  total: 3,
  passed: 1,
  failed: 1,
  skipped: 1,
  seconds: 1.5,
  interrupted: false,
  deviations: [
    {
      case: 'set/b',
      says: 'It is refused.',
      at: 0,
      operation: 'set()',
      seen: 'success',
      allowed: ['EINVAL'],
      explanation: 'because\u0000 <so>',
      trace: '',
    },
  ],
  skips: [{ reason: 'no vcpu', cases: 1, ids: ['set/c'] }],
  coverage: null,
}

describe('a JUnit report', () => {
  const xml = junitOf(report, ['set/a', 'set/b', 'set/c', 'get/d'])

  it('has a suite for each family and a test for each case', () => {
    expect(xml).toMatch(/<testsuite name="set" tests="3" failures="1" errors="0" skipped="1"/)
    expect(xml).toMatch(/<testsuite name="get" tests="1" failures="0" errors="0" skipped="0"/)
    expect(xml).toContain('<testcase classname="set" name="set/a"/>')
  })

  it('has in a failure what was seen and what is allowed, in characters that XML has', () => {
    expect(xml).toContain('message="seen success; allowed are only EINVAL" type="deviation"')
    expect(xml).not.toContain('\u0000')
  })

  it('counts as skipped what an interruption left undone', () => {
    const cut = junitOf({ ...report, deviations: [], interrupted: true, total: 1 }, ['set/a', 'set/b'])
    expect(cut).toMatch(/<testsuite name="set" tests="2" failures="0" errors="0" skipped="1"/)
  })
})
