import { isLeft } from 'fp-ts/lib/Either.js'
import { describe, expect, test } from 'vitest'
import type { Case } from '../../cases/case.js'
import { kselftestCases } from '../../cases/export/kselftest.js'
import { loadSuite } from '../load.js'
import { reportOfTap } from './report.js'
import { tapReader } from './tap.js'

const suite = loadSuite({ filter: ['by-hand/'], smoke: false })
if (isLeft(suite)) throw new Error('the suite cannot be read')
const { ids } = kselftestCases(suite.right)
const calls = suite.right.filter(({ id }) => ids.includes(id)).slice(0, 4)
const running = suite.right.find(({ needs }) => needs[0] === 'batch') as Case // by hand there are some
const [first, second, third, fourth] = calls.map(({ id }) => id)

const reportOf = (lines: readonly string[], interrupted = false) => {
  const reader = tapReader()
  for (const line of lines) reader.line(line)
  const cases = [...calls, running]
  return reportOfTap(cases, kselftestCases(cases).ids, reader.tap(), {
    because: 'the machine turned itself off',
    interrupted,
  })
}

describe('the verdicts of the exported program, read back as a report', () => {
  const said = [
    'TAP version 13',
    '# kernel: Linux 6.1.0 aarch64',
    '1..4',
    `ok 1 - ${first}`,
    '[   12.3] a line of the kernel',
    `ok 2 - ${second} # SKIP no dirty ring`,
    '# operation 0: seen File exists, allowed Invalid argument',
    `not ok 3 - ${third}`,
    `ok 4 - ${fourth}`,
  ]

  test('each case is passed, failed at the operation that is named, or skipped with the reason that was said', () => {
    const report = reportOf(said)
    expect(report).toMatchObject({
      target: 'Linux 6.1.0 aarch64',
      total: 5,
      passed: 2,
      failed: 1,
      skipped: 2,
    })
    expect(report.deviations).toMatchObject([{ case: third, at: 0, seen: 'File exists', trace: '' }])
    expect(report.skips).toContainEqual({ reason: 'the program: no dirty ring', cases: 1, ids: [second] })
  })

  test('a case that the program does not have is skipped, with what it needs', () => {
    const skip = reportOf(said).skips.find(({ ids: of }) => of?.includes(running.id))
    expect(skip?.reason).toMatch(/^no batch: /)
  })

  test('a machine that ends early fails the first case without a verdict, and those behind it were not asked', () => {
    const report = reportOf(said.slice(0, 4))
    expect(report.deviations).toMatchObject([
      { case: second, seen: 'no verdict', fault: 'the machine turned itself off' },
    ])
    expect(report).toMatchObject({ passed: 1, failed: 1, skipped: 3 })
  })

  test('a run that was interrupted, and a program that gave up, fail no case', () => {
    expect(reportOf(said.slice(0, 4), true)).toMatchObject({ passed: 1, failed: 0, interrupted: true })
    const gaveUp = reportOf(['TAP version 13', '1..0 # SKIP /dev/kvm: No such file or directory'])
    expect(gaveUp).toMatchObject({ passed: 0, failed: 0, skipped: 5 })
    expect(gaveUp.skips[0]?.reason).toContain('/dev/kvm: No such file or directory')
    expect(reportOf(['Bail out! KVM_CREATE_VM: Cannot allocate memory']).failed).toBe(0)
  })
})
