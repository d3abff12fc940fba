import { describe, expect, it } from 'vitest'
import { statusOfAudit } from '../command/verbs/audit/audit.js'
import { renderAudit } from '../reports/audit/text/render-audit.js'
import { auditLines, linesOf, recordingsThere } from './audit-text.js'

const recorded = describe.skipIf(!recordingsThere)

/** As `strace -f` without -ttt writes it. */
const withoutStamps = (line: string) => line.replace(/^(\d+) +[0-9.:]+ /, '$1 ')
/** As `strace -f -t` writes it: a clock of seconds. */
const ofSeconds = (line: string) =>
  line.replace(/^(\d+) +(\d+)\.\d+ /, (_, tid: string, seconds: string) => {
    const of = (n: number) => String(n % 60).padStart(2, '0')
    const s = Number(seconds)
    return `${tid} ${String(Math.floor(s / 3600) % 24).padStart(2, '0')}:${of(Math.floor(s / 60))}:${of(s)} `
  })
/** With stamps of seconds since the epoch: `strace -f --timestamps=unix`. */
const ofUnixSeconds = (line: string) =>
  line.replace(
    /^(\d+) +(\d+)\.\d+ /,
    (_, tid: string, seconds: string) => `${tid} ${Number(seconds) + (seconds.length < 10 ? 1.7e9 : 0)} `,
  )

const virtioMem = 'virtio-mem-grow-shrink-grow.qemu-10.0.strace'

recorded('without stamps', () => {
  it.each(['minimal/m1.strace', virtioMem])(
    'memory of %s that was unplugged and plugged again is no window that was met, and no pause shows',
    async name => {
      const report = await auditLines(linesOf(name).map(withoutStamps))
      expect(report.verdict.is).toBe('cannot tell')
      expect(report.totals.windowsMet).toBe(0)
      expect(report.undecided).toMatchObject([
        { gpa: '0x100000000', size: '0x40000000', seconds: null, because: expect.stringMatching(/no times/) },
      ])
      expect(report.boundariesUnknown).toEqual([expect.stringMatching(/no times are recorded/)])
      expect(statusOfAudit(report, ['unknown'])).toBe(1)
      expect(statusOfAudit(report, ['met'])).toBe(0)
    },
  )
  it('none is none found', async () => {
    const report = await auditLines(linesOf('minimal/m1.strace').map(withoutStamps))
    expect(report.verdict.because[0]).toMatch(/^no window found; cannot tell, because .*no times/)
    expect(report.verdict.record).toMatch(/-ttt/)
    expect(renderAudit(report, { color: false, width: 100 })).not.toMatch(/unmapped for/)
    expect(renderAudit(report, { color: false, width: 240 })).toMatch(
      /^Windows +none found in 2 updates; cannot tell, because memory was unmapped/m,
    )
  })
  it('a set of slots that nobody saw is none still: what came back while no vCPU had run is told as before', async () => {
    const report = await auditLines(linesOf('q35.strace').map(withoutStamps))
    expect(report.totals).toMatchObject({ windowsBeforeRun: 5, windowsMet: 0, undecided: 18 })
  })
  it('another call of the thread is a boundary still', async () => {
    const lines = linesOf('minimal/m1.strace').toSpliced(
      8,
      0,
      '10 1000003.050000 ioctl(10, KVM_SET_CLOCK, 0x7ffc00000000) = 0',
    )
    const report = await auditLines(lines.map(withoutStamps))
    expect(report).toMatchObject({ verdict: { is: 'not affected' }, boundariesUnknown: [] })
    expect(report.totals).toMatchObject({ replugged: 1, undecided: 0 })
  })
})

recorded.each([
  ['of a clock', ofSeconds],
  ['since the epoch', ofUnixSeconds],
])('with stamps of a second, %s', (_, coarse) => {
  it('a pause of a minute is a pause', async () => {
    const report = await auditLines(linesOf('minimal/m1.strace').map(coarse))
    expect(report).toMatchObject({ verdict: { is: 'not affected' }, boundariesUnknown: [] })
    expect(report.replugged).toMatchObject([{ gpa: '0x100000000', seconds: 60 }])
  })
  it('six seconds of a virtio-mem guest are a pause', async () => {
    const { totals } = await auditLines(linesOf(virtioMem).map(coarse))
    expect(totals).toMatchObject({ replugged: 1, undecided: 0, windowsMet: 0, windows: 20 })
  })
  it('what is finer than the stamps is open', async () => {
    const report = await auditLines(linesOf('minimal/m5.strace').map(coarse))
    expect(report.verdict.is).toBe('cannot tell')
    expect(report.undecided).toMatchObject([
      { gpa: '0x0', running: [101], because: expect.stringMatching(/too coarse/) },
      { gpa: '0x8000000', running: [101] },
    ])
    expect(report.boundariesUnknown).toEqual([expect.stringMatching(/too coarse/)])
  })
  it('a pause that is asked for above their error is measured', async () => {
    const report = await auditLines(linesOf('minimal/m5.strace').map(coarse), { pause: 3 })
    expect(report).toMatchObject({ verdict: { is: 'affected' }, totals: { windowsMet: 2, undecided: 0 } })
  })
})
