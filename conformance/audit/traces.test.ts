import { createReadStream, existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { isLeft } from 'fp-ts/lib/Either.js'
import { describe, expect, it } from 'vitest'
import { AuditReport, type ReportHole } from '../reports/audit/codec.js'
import { auditRecording } from './audit-recording.js'

const shared = (name: string) => fileURLToPath(new URL(`../../../shared/traces/${name}`, import.meta.url))
const fixture = (name: string) => fileURLToPath(new URL(`./recording/fixtures/${name}`, import.meta.url))

const audit = async (path: string): Promise<AuditReport> => {
  const result = await auditRecording(createReadStream(path, { encoding: 'utf8' }), { name: 'recording' })
  if (isLeft(result)) throw new Error(result.left.found)
  expect(AuditReport.is(result.right)).toBe(true)
  return result.right
}

const covering = (report: AuditReport, address: bigint): ReportHole[] =>
  report.updates
    .flatMap(({ holes }) => holes)
    .filter(({ gpa, size }) => BigInt(gpa) <= address && address < BigInt(gpa) + BigInt(size))

const met = (report: AuditReport) => covering(report, 0x100000n).filter(({ running }) => running?.length)
const worstOf = ({ worst, updates }: AuditReport) => worst && updates[worst.update]?.holes[worst.hole]

// Excerpts hold the same calls on other lines, and stand in where the whole recordings are not at hand.
const recordings = [
  ['recorded', shared, ''],
  ['excerpted', fixture, '-excerpt'],
] as const

describe.each(recordings)('a boot of q35 under QEMU 7.2, as %s', (kind, at, suffix) => {
  const path = at(`q35${suffix}.strace`)
  const given = it.skipIf(!existsSync(path))

  given('unmaps 0x100000 three times while the other vCPU is inside KVM_RUN', async () => {
    const report = await audit(path)
    expect(met(report).map(({ seconds, running }) => [seconds, running])).toEqual([
      [0.003914, [20970]],
      [0.000278, [20970]],
      [0.006826, [20970]],
    ])
    expect(worstOf(report)).toMatchObject({ gpa: '0x100000', seconds: 0.006826, beforeRun: false })
    if (kind === 'recorded')
      expect(met(report).map(({ fromLine, toLine }) => [fromLine, toLine])).toEqual([
        [431, 435],
        [441, 442],
        [4687, 4693],
      ])
  })
  given('unmaps it twice before any vCPU ran, which is told apart', async () => {
    const before = covering(await audit(path), 0x100000n).filter(({ beforeRun }) => beforeRun)
    expect(before.map(({ running, seconds }) => [running, seconds])).toEqual([
      [[], 0.000234],
      [[], 0.003953],
    ])
  })
  given('agrees with profile linux, and each update has a batch that blocks next to nothing', async () => {
    const report = await audit(path)
    expect(report).toMatchObject({ calls: 39, failed: 0, deviations: [], counted: { notJudged: 0 } })
    const batches = report.updates.filter(({ holes }) => holes.length > 0).map(({ batch }) => batch)
    for (const { unmapped, unmappedKept } of batches) expect(unmappedKept / unmapped).toBeGreaterThan(0.999)
    expect(batches.map(({ entries }) => entries.length)).toEqual([2, 3, 4, 4, 6, 2])
  })
})

describe.each(recordings)('a migration of pc, as %s', (kind, at, suffix) => {
  const path = at(`pc-migrate${suffix}.strace`)
  const given = it.skipIf(!existsSync(path))

  given('has its worst window where the firmware closes its shadow memory', async () => {
    const worst = worstOf(await audit(path))
    expect(worst).toMatchObject({ gpa: '0x100000', seconds: 0.01396, running: [21240] })
    if (kind === 'recorded') expect(worst).toMatchObject({ fromLine: 5167, toLine: 5173 })
  })
  given('puts no dirty bit at risk', async () => {
    expect((await audit(path)).totals.loggedDeletes).toBe(0)
  })
  given('relaxes the read-only slot when logging begins, and logs the others', async () => {
    const { batch } = (await audit(path)).updates.at(-1) ?? {}
    expect(batch?.ranges).toContainEqual({ class: 'relaxed', gpa: '0xfffc0000', size: '0x40000' })
    expect(batch?.classes).toMatchObject({ relaxed: 64, logged: 32736, kept: 4096 })
  })
})

describe.each(recordings)("the same boot in QEMU's own log, as %s", (_, at, suffix) => {
  const path = at(`q35${suffix}.qemu-trace`)

  it.skipIf(!existsSync(path))('has windows, and does not say who was inside KVM_RUN', async () => {
    const report = await audit(path)
    const holes = covering(report, 0x100000n)
    expect(holes.map(({ seconds }) => seconds)).toEqual([0.003943, 0.003724, 0.000406])
    for (const hole of report.updates.flatMap(update => update.holes)) expect(hole.running).toBeNull()
    expect(report).toMatchObject({ lanes: null, stamps: 'end', deviations: [] })
  })
})

describe('two logged slots deleted under a running vCPU', () => {
  it('put their dirty bits at risk, the first less so if the GET just before was for it', async () => {
    const report = await audit(fixture('logged-delete.strace'))
    const risks = report.updates.flatMap(({ dirtyAtRisk }) => dirtyAtRisk)
    expect(risks.map(({ line, id, pages, loggedSinceLine }) => [line, id, pages, loggedSinceLine])).toEqual([
      [115, 1, 16, 5],
      [120, 2, 16, 6],
    ])
    expect(risks[0]?.harvest).toMatchObject({
      line: 113,
      justBefore: true,
      seconds: 0.000063,
      writers: [8397],
    })
    expect(risks[1]?.harvest).toMatchObject({ line: 113, justBefore: false, seconds: 0.000299 })
    expect(report.updates[1]?.batch).toMatchObject({ entries: [], logged: 32, retired: 0 })
  })
})
