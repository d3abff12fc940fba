import { describe, expect, it } from 'vitest'
import { auditLines, linesOf, recordingsThere } from './audit-text.js'

/** `fold -w WIDTH`. */
const fold = (lines: readonly string[], width: number): string[] =>
  lines.flatMap(line => line.match(new RegExp(`.{1,${width}}`, 'g')) ?? [''])

const told = (report: Awaited<ReturnType<typeof auditLines>>) => ({
  verdict: report.verdict,
  totals: report.totals,
  failed: report.failures.length,
  undecoded: report.counted.undecoded,
  unknownLines: report.counted.unknownLines,
})

describe.skipIf(!recordingsThere)('lines that were cut at a column', () => {
  it.each([
    ['minimal/m5.strace', 76],
    ['minimal/m5.strace', 80],
    ['minimal/m1.strace', 72],
    ['minimal/m10.trace', 60],
    ['q35.strace', 80],
    ['migration-during-boot.qemu-7.2.strace', 76],
    ['virtio-mem-grow-shrink-grow.qemu-10.0.strace', 132],
  ])('are put together again: %s at %d', async (name, width) => {
    const lines = linesOf(name)
    expect(told(await auditLines(fold(lines, width)))).toEqual(told(await auditLines(lines)))
  })
  it('keep the numbers of the lines where they begin', async () => {
    const report = await auditLines(fold(linesOf('minimal/m5.strace'), 76))
    const [window] = report.updates.flatMap(({ windows }) => windows)
    expect([window?.fromLine, window?.toLine, report.origins]).toEqual([6, 8, []])
  })
  it('are not taken for such where each ends in spaces, as copied from a terminal', async () => {
    const lines = linesOf('minimal/m5.strace')
    const padded = lines.map(line => line.padEnd(200))
    expect(told(await auditLines(padded))).toEqual(told(await auditLines(lines)))
  })
})
