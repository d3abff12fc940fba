import { createReadStream, existsSync, readdirSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { isLeft } from 'fp-ts/lib/Either.js'
import { describe, expect, it } from 'vitest'
import { AuditReport, type ReportWindow } from '../reports/audit/codec.js'
import { auditRecording } from './audit-recording.js'

const shared = (name: string) => fileURLToPath(new URL(`../../../shared/traces/${name}`, import.meta.url))
const fixture = (name: string) => fileURLToPath(new URL(`./recording/fixtures/${name}`, import.meta.url))
const there = existsSync(shared('README.md'))
if (!there) console.log('skipped: ../shared/traces is absent; excerpts stand in for three of its recordings')

const read = (path: string, options = {}) =>
  auditRecording(createReadStream(path, { encoding: 'utf8' }), { name: 'recording', ...options })

const audit = async (path: string, options = {}): Promise<AuditReport> => {
  const result = await read(path, options)
  if (isLeft(result)) throw new Error(result.left.found)
  expect(AuditReport.is(result.right)).toBe(true)
  return result.right
}

const windowsOf = (report: AuditReport): readonly ReportWindow[] =>
  report.updates.flatMap(({ windows }) => windows)
const worstOf = ({ worst, updates }: AuditReport) => worst && updates[worst.update]?.windows[worst.window]
const met = (report: AuditReport) => windowsOf(report).filter(({ running }) => (running?.length ?? 0) > 0)
const risks = (report: AuditReport) => report.updates.flatMap(({ dirtyAtRisk }) => dirtyAtRisk)
const summary = ({ verdict, totals }: AuditReport) => [
  verdict.is,
  totals.windows,
  totals.windowsMet,
  totals.windowsBeforeRun,
]

// What is right stands in ../shared/traces/README.md; tests were written from it, not from what is printed.
const recorded = describe.skipIf(!there)

// Excerpts hold the same calls on other lines, and stand in where the whole recordings are not at hand.
const boots = [
  ['recorded', shared, ''],
  ['excerpted', fixture, '-excerpt'],
] as const

describe.each(boots)('a boot of q35 under QEMU 7.2, as %s', (kind, at, suffix) => {
  const path = at(`q35${suffix}.strace`)
  const given = it.skipIf(!existsSync(path))

  given('has 23 windows, 5 before any vCPU ran and 18 with thread 20970 inside KVM_RUN', async () => {
    const report = await audit(path)
    expect(summary(report)).toEqual(['affected', 23, 18, 5])
    for (const { running } of met(report)) expect(running).toEqual([20970])
  })
  given('has its worst window where the firmware closes its shadow memory', async () => {
    const worst = worstOf(await audit(path))
    expect(worst).toMatchObject({ gpa: '0x100000', size: '0x1ff00000', seconds: 0.006826, running: [20970] })
    if (kind === 'recorded') expect(worst).toMatchObject({ fromLine: 4687, toLine: 4693 })
  })
  given('agrees with profile linux, and each update has a batch that blocks next to nothing', async () => {
    const report = await audit(path)
    expect(report).toMatchObject({ calls: 39, failed: 0, deviations: [], counted: { notJudged: 0 } })
    for (const { windows, batch } of report.updates)
      if (windows.length > 0) expect(batch.unmappedKept / batch.unmapped).toBeGreaterThan(0.999)
  })
})

describe.each(boots)('a migration of pc, as %s', (kind, at, suffix) => {
  const path = at(`pc-migrate${suffix}.strace`)
  const given = it.skipIf(!existsSync(path))

  given('has 23 windows, 18 of them met, the worst for 13.960 ms', async () => {
    const report = await audit(path)
    expect(summary(report)).toEqual(['affected', 23, 18, 5])
    expect(worstOf(report)).toMatchObject({ gpa: '0x100000', seconds: 0.01396, running: [21240] })
    if (kind === 'recorded') expect(worstOf(report)).toMatchObject({ fromLine: 5167, toLine: 5173 })
  })
  given('puts no dirty bit at risk', async () => {
    expect((await audit(path)).totals.atRisk).toBe(0)
  })
  given('relaxes the read-only slot when logging begins, and logs the others', async () => {
    const { batch } = (await audit(path)).updates.at(-1) ?? {}
    expect(batch?.ranges).toContainEqual({ class: 'relaxed', gpa: '0xfffc0000', size: '0x40000' })
    expect(batch?.classes).toMatchObject({ relaxed: 64, logged: 32736, kept: 4096 })
  })
})

describe.each(boots)("the same boot in QEMU's own trace without ioctls, as %s", (kind, at, suffix) => {
  const path = at(`q35${suffix}.qemu-trace`)

  it.skipIf(!existsSync(path))(
    'has windows in several updates, and does not say who was inside',
    async () => {
      const report = await audit(path)
      expect(report.verdict.is).toBe('cannot tell')
      expect(report.updates.length).toBeGreaterThan(2)
      expect(windowsOf(report).length).toBeGreaterThan(kind === 'recorded' ? 20 : 3)
      for (const { running, unknown } of windowsOf(report)) {
        expect(running).toBeNull()
        expect(unknown?.record).toMatch(/strace -f -y -T -ttt/)
      }
      expect(report).toMatchObject({ lanes: null, stamps: 'end', deviations: [] })
    },
  )
})

recorded('a virtio-mem guest of QEMU 10 that grows, shrinks and grows', () => {
  it('as strace has it: 20 windows, none after the first KVM_RUN beyond 10 ms, no vCPU inside, and no hole of 6 s', async () => {
    const report = await audit(shared('virtio-mem-grow-shrink-grow.qemu-10.0.strace'))
    expect(summary(report)).toEqual(['not affected', 20, 0, 5])
    const windows = windowsOf(report)
    for (const { beforeRun, seconds } of windows) expect(seconds).toBeLessThan(beforeRun ? 0.0735 : 0.01)
    expect(Math.max(...windows.map(({ seconds }) => seconds ?? 0))).toBeGreaterThan(0.07)
    expect(report.replugged).toMatchObject([
      { gpa: '0x100000000', size: '0x40000000', fromLine: 432, toLine: 459 },
    ])
    expect(report.replugged[0]?.seconds).toBeCloseTo(5.993, 2)
  })
  it('as QEMU traces another run of it: the same windows', async () => {
    const report = await audit(shared('virtio-mem-grow-shrink-grow.qemu-10.0.trace'))
    expect(summary(report)).toEqual(['not affected', 20, 0, 5])
    expect(report.replugged).toMatchObject([{ gpa: '0x100000000' }])
  })
})

recorded('a migration while SeaBIOS boots', () => {
  const path = shared('migration-during-boot.qemu-7.2.strace')
  it('has 23 windows, 18 met, the longest of those 2.245 ms, and the worst 255 MiB for 1.074 ms', async () => {
    const report = await audit(path)
    expect(summary(report)).toEqual(['affected', 23, 18, 5])
    expect(Math.max(...met(report).map(({ seconds }) => seconds ?? 0))).toBeCloseTo(0.002245, 6)
    expect(worstOf(report)).toMatchObject({ gpa: '0x100000', size: '0xff00000', seconds: 0.001074 })
  })
  it('puts the bits of logged slots at risk, and of read-only ones never', async () => {
    const found = risks(await audit(path))
    expect(found.length).toBeGreaterThan(5)
    expect(found.some(({ by }) => by === 'delete') && found.some(({ by }) => by === 'logging off')).toBe(true)
    expect(found.some(({ gpa }) => BigInt(gpa) >= 0xfff00000n)).toBe(false)
  })
})

recorded('other recordings of a boot of q35', () => {
  it('by QEMU with all ioctls: calls have beginnings, and a vCPU of which no line tells is not taken to be outside', async () => {
    const report = await audit(shared('q35-boot.qemu-7.2.trace'))
    expect(report).toMatchObject({ calls: 37, stamps: 'both' })
    expect(report.verdict.is).toBe('cannot tell')
    expect(report.totals.windowsBeforeRun).toBe(5)
    for (const { unknown, beforeRun } of windowsOf(report))
      if (beforeRun !== true) expect(unknown?.because).toMatch(/a vCPU was created and no line shows it/)
  })
  it('with call stacks: windows are told by who asked for them', async () => {
    const windows = windowsOf(await audit(shared('q35-boot-k.strace')))
    expect(windows.length).toBeGreaterThan(9)
    for (const { caller } of windows) expect(caller).toMatch(/^memory_region_transaction_commit < \w+/)
    expect(new Set(windows.map(({ caller }) => caller)).size).toBeGreaterThan(1)
  })
  it('with numbers for names: read like any other', async () => {
    const report = await audit(shared('q35-boot-X-raw.strace'))
    expect(report).toMatchObject({ calls: 26, deviations: [], counted: { unknownLines: 0 } })
    expect(summary(report)).toEqual(['affected', 14, 9, 5])
  })
})

recorded('the smallest recordings', () => {
  const minimal = (name: string) => audit(shared(`minimal/${name}`))

  it.each(['m1.strace', 'm1all.strace'])(
    '%s: memory unplugged at 3 s and plugged at 63 s was no hole',
    async name => {
      const report = await minimal(name)
      expect(summary(report)).toEqual(['not affected', 0, 0, 0])
      expect(report.replugged).toMatchObject([{ gpa: '0x100000000', size: '0x40000000', seconds: 60 }])
    },
  )
  it.each(['m5.strace', 'm5b.strace'])('%s: two windows with thread 101 inside', async name => {
    const report = await minimal(name)
    expect(windowsOf(report)).toMatchObject([
      { gpa: '0x0', size: '0x8000000', running: [101] },
      { gpa: '0x8000000', size: '0x8000000', running: [101] },
    ])
  })
  it('m6: a KVM_RUN whose end is not recorded leaves it unknown, until which line, and -T would tell', async () => {
    const [window, ...others] = windowsOf(await minimal('m6.strace'))
    expect([window?.running, others.length]).toEqual([null, 1])
    expect(window?.unknown?.because).toMatch(/thread 101.*line 6.*until line 10/)
    expect(window?.unknown?.record).toMatch(/-T/)
    expect(windowsOf(await minimal('m6T.strace')).map(({ running }) => running)).toEqual([[101], [101]])
  })
  it('m7: a logged read-only slot loses no bit', async () => {
    expect((await minimal('m7.strace')).totals.atRisk).toBe(0)
  })
  it('m8: of two processes with the same descriptors thread 21 is inside in the window of VM 1', async () => {
    const report = await minimal('m8.strace')
    expect(report.updates.filter(({ windows }) => windows.length > 0)).toMatchObject([
      { vm: 1, windows: [{ running: [21] }] },
    ])
    expect(report.vms).toMatchObject([
      { vm: 1, vcpuThreads: [21] },
      { vm: 2, vcpuThreads: [31] },
    ])
  })
  it('m9: attached to, with names: one window with thread 21 inside', async () => {
    expect(windowsOf(await minimal('m9.strace'))).toMatchObject([{ running: [21] }])
  })
  it('m10: ioctl lines of QEMU tell when calls began and who was inside', async () => {
    const report = await minimal('m10.trace')
    expect(windowsOf(report)).toMatchObject([{ gpa: '0x0', running: [502], fromLine: 10, toLine: 12 }])
    expect(windowsOf(report)[0]?.seconds).toBeCloseTo(0.10001, 5)
  })
  it('m11: after a pause of 30 s a delete and two sets are one update with windows', async () => {
    const report = await minimal('m11.trace')
    expect(report.verdict.is).toBe('cannot tell')
    expect(report.updates.map(({ calls, windows }) => [calls, windows.length])).toEqual([
      [1, 0],
      [3, 2],
    ])
  })
})

recorded('what people post', () => {
  const posted = (name: string, options = {}) => audit(shared(`posted/${name}`), options)
  const oneWindow = [{ gpa: '0x100000', fromLine: 2, toLine: 3 }]

  it.each(['Xverbose.strace', 'ind.strace', 'quoted.strace', 'r-nof.strace', 'mixed-gmem.qemu-trace'])(
    '%s: every line is read, and there is a window from line 2 to line 3',
    async name => {
      const report = await posted(name)
      expect(report.counted).toMatchObject({ unknownLines: 0, undecoded: 0 })
      expect(windowsOf(report)).toMatchObject(oneWindow)
      expect(report.verdict.is).toBe('cannot tell')
    },
  )
  it('c01: wrapped lines are joined', async () => {
    expect(windowsOf(await posted('c01-tseg-wrapped.strace'))).toMatchObject([{ fromLine: 3, toLine: 5 }])
  })
  it('partly wrapped, and a vCPU created: the window is found', async () => {
    expect(windowsOf(await posted('partly-wrapped.strace'))).toMatchObject([{ fromLine: 4, toLine: 5 }])
  })
  it('c02: an indented call over several lines is read, and why it failed is told', async () => {
    const report = await posted('c02-syzbot-indented.strace')
    expect(report).toMatchObject({ calls: 1, failed: 1, deviations: [] })
    expect(report.failures).toMatchObject([{ errno: 'EINVAL', rule: 'set.beyond-max-gfn' }])
    expect(report.verdict.because[0]).toMatch(/no window found; cannot tell, because/)
  })
  it('c04: fields of guest_memfd after ret are read, and no call deviates', async () => {
    const report = await posted('c04-gmem-ret-first.qemu-trace')
    expect(report).toMatchObject({ calls: 5, deviations: [], counted: { unknownLines: 0 } })
    expect(windowsOf(report)).toMatchObject([
      { gpa: '0x0', size: '0xc0000' },
      { gpa: '0x100000', size: '0x7ff00000' },
    ])
  })
  it('c08: wrapped, indented and marked lines of another architecture are read; logging switched off is a risk', async () => {
    const report = await posted('c08-ppc-as-posted.qemu-trace')
    expect(report).toMatchObject({ calls: 2, counted: { unknownLines: 0 }, deviations: [] })
    expect(risks(report)).toMatchObject([{ by: 'logging off', line: 9 }])
  })
  it('c10b: EEXIST over the slot of KVM_SET_TSS_ADDR is right', async () => {
    const report = await posted('c10b-tss.strace')
    expect(report.deviations).toEqual([])
    expect(report.failures[0]?.because[0]).toMatch(/slot of KVM’s own, the TSS.*0xfffbd000/)
  })
  it('c11: EINVAL in a VM of a type with one space is right', async () => {
    const report = await posted('c11-vm-type-spaces.strace')
    expect(report.deviations).toEqual([])
    expect(report.explained).toMatchObject([{ by: 'a VM of type 1 may have one address space only' }])
  })
  it('c20: a host address of arm64 is right, whether said or not', async () => {
    expect(await posted('c20-arm64-fc.strace')).toMatchObject({ deviations: [], explained: [{}] })
    expect(await posted('c20-arm64-fc.strace', { arch: 'arm64' })).toMatchObject({
      deviations: [],
      explained: [],
    })
  })
  it('c20: one line that unmaps nothing is told as such, and not as an update that was looked at', async () => {
    expect((await posted('c20-arm64-fc.strace')).verdict).toEqual({
      is: 'not affected',
      because: ['no memory was unmapped in this recording'],
      record: null,
    })
  })
  it('c21b: without threads and stamps a window is found, and it cannot be told who was inside', async () => {
    const report = await posted('c21b-min.qemu-trace')
    expect(windowsOf(report)).toMatchObject([{ fromLine: 2, toLine: 3, running: null }])
    expect(report.boundariesUnknown.length).toBeGreaterThan(0)
  })
  it('c23: a trace of this project is refused, with the verb that judges it', async () => {
    const result = await read(shared('posted/c23-pf-hardware.ndjson'))
    expect(result).toMatchObject({ left: { expected: expect.stringMatching(/memslot check/) } })
  })
  it('c26: logging switched off loses bits that were never read', async () => {
    expect(risks(await posted('c26-log-off.strace'))).toMatchObject([
      { by: 'logging off', line: 3, grade: 'never harvested' },
    ])
  })
  it('c31: attached to, thread 10091 is inside', async () => {
    expect(windowsOf(await posted('c31-attached.strace'))).toMatchObject([{ running: [10091] }])
  })
  it('errorline: QEMU’s own words are told their reason, and what else would have to be known', async () => {
    const report = await posted('errorline.txt')
    expect(report.verdict.is).toBe('cannot tell')
    expect(report.failures).toMatchObject([{ errno: 'EINVAL', rule: 'set.too-large' }])
    expect(report.failures[0]?.because[0]).toMatch(/2147483647/)
    expect(report.failures[0]?.ask[0]).toMatch(/bits of guest-physical address/)
  })
  it('and every file of the folder is in these tests', () => {
    const told = /c\d+b?|m\d+\w*|Xverbose|ind|quoted|r-nof|mixed-gmem|partly-wrapped|errorline/
    for (const folder of ['minimal', 'posted'])
      for (const name of readdirSync(shared(folder))) expect(name).toMatch(told)
    expect(readdirSync(shared('posted'))).toHaveLength(18)
    expect(readdirSync(shared('minimal'))).toHaveLength(11)
  })
})

describe('one run of QEMU 7.2, recorded by strace and by its own trace at once', () => {
  it('has the same windows in both; who was inside is known by strace, which sees KVM_RUN return with EINTR', async () => {
    const [byStrace, byTrace] = [
      await audit(fixture('q35-same-run.strace')),
      await audit(fixture('q35-same-run.qemu-trace')),
    ]
    const ranges = (report: AuditReport) => windowsOf(report).map(({ gpa, size }) => [gpa, size])
    expect(ranges(byStrace)).toHaveLength(14)
    expect(ranges(byTrace)).toEqual(ranges(byStrace))
    expect(summary(byStrace)).toEqual(['affected', 14, 9, 5])
    expect(summary(byTrace)).toEqual(['cannot tell', 14, 0, 5])
    for (const { unknown, beforeRun } of windowsOf(byTrace))
      if (beforeRun !== true)
        expect(unknown?.because).toMatch(/when thread 17746’s KVM_RUN .* ended is not recorded/)
    // Stamps are strace's at its stop of the thread, and QEMU's before it makes the call: milliseconds apart at most.
    for (const [i, { seconds }] of windowsOf(byStrace).entries())
      expect(Math.abs((windowsOf(byTrace)[i]?.seconds ?? 0) - (seconds ?? 0))).toBeLessThan(0.005)
  })
})

describe('two machines started at once under one strace, with the same descriptors and no clone lines', () => {
  it('are kept apart: by the memory of their slots, and by who kicks which vCPU', async () => {
    const report = await audit(fixture('two-machines.strace'))
    expect(report.vms).toMatchObject([
      { fd: 8, created: true, vcpuThreads: [23165, 23168] },
      { fd: 8, created: true, vcpuThreads: [23166, 23167] },
    ])
    expect(summary(report)).toEqual(['affected', 28, 18, 10])
    expect(report.deviations).toEqual([])
    for (const { vm, windows } of report.updates)
      for (const { running } of windows)
        if (running?.length) expect(running).toEqual([vm === 1 ? 23168 : 23167])
  })
})

describe('two logged slots deleted under a running vCPU', () => {
  it('put their dirty bits at risk, the first less so if the GET just before was for it', async () => {
    const report = await audit(fixture('logged-delete.strace'))
    const found = risks(report)
    expect(found.map(({ line, id, pages, loggedSinceLine }) => [line, id, pages, loggedSinceLine])).toEqual([
      [115, 1, 16, 5],
      [120, 2, 16, 6],
    ])
    expect(found[0]?.harvest).toMatchObject({
      line: 113,
      justBefore: true,
      seconds: 0.000063,
      writers: [8397],
    })
    expect(found[1]?.harvest).toMatchObject({ line: 113, justBefore: false, seconds: 0.000299 })
    expect(report.updates.find(({ dirtyAtRisk }) => dirtyAtRisk.length > 0)?.batch).toMatchObject({
      entries: [],
      logged: 32,
      retired: 0,
    })
  })
})
