import { describe, expect, it } from 'vitest'
import type { ReportUpdate } from '../reports/audit/codec.js'
import { createFindings, type Found, orderFindings } from './findings.js'
import type { Badness } from './holes.js'

const found = (firstLine: number, ...stretches: Badness[]): Found => {
  // Only what is read of a report here; the whole is tested where it is made.
  const report = { firstLine, holes: stretches.map(() => ({})) } as unknown as ReportUpdate
  return { stretches, moreHoles: 0, loggedDeletes: 0, report: () => report, lanes: () => null }
}
const hole = (seconds: number, running: number[] | null = []): Badness => ({
  running,
  beforeRun: false,
  pages: 1,
  seconds,
})

describe('what is found', () => {
  it('is kept up to a limit, updates with holes before those without', () => {
    const findings = createFindings(3)
    for (let line = 1; line <= 10; line++) findings.add(line % 2 ? found(line) : found(line, hole(1)))
    expect(findings.kept().holed.length + findings.kept().whole.length).toBeLessThanOrEqual(6)
    const { updates, totals } = orderFindings(findings, 3)
    expect(updates.map(({ firstLine }) => firstLine)).toEqual([2, 4, 6])
    expect(totals).toMatchObject({ updates: 10, updatesWithHoles: 5, holes: 5, holesUnmet: 5 })
  })
  it('has its worst hole where a vCPU ran, and its longest by time alone, however late they come', () => {
    const findings = createFindings(1)
    findings.add(found(1, hole(5)))
    findings.add(found(2, hole(9)))
    findings.add(found(3, hole(1), hole(2, [7])))
    const { updates, worst, longest } = orderFindings(findings, 1)
    expect(updates.map(({ firstLine }) => firstLine)).toEqual([1, 2, 3])
    expect(worst).toEqual({ update: 2, hole: 1 })
    expect(longest).toEqual({ update: 1, hole: 0 })
  })
  it('by one reading joins what was found by another', () => {
    const [all, some] = [createFindings(), createFindings()]
    all.add(found(1, hole(1)))
    some.add(found(2, hole(3, null)))
    all.absorb(some)
    expect(orderFindings(all)).toMatchObject({
      worst: { update: 1, hole: 0 },
      totals: { updates: 2, holesUnknown: 1 },
    })
  })
})
