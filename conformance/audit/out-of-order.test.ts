import { isLeft } from 'fp-ts/lib/Either.js'
import { describe, expect, it } from 'vitest'
import { auditLines, auditResult, linesOf, recordingsThere } from './audit-text.js'
import { showImportError } from './recording/import-error.js'

const recorded = describe.skipIf(!recordingsThere)

/** What is left when lines are numbered in another order. */
const found = (report: Awaited<ReturnType<typeof auditLines>>) => ({
  verdict: report.verdict,
  totals: report.totals,
  windows: report.updates.flatMap(({ windows }) =>
    windows.map(({ gpa, running, seconds }) => [gpa, running, seconds]),
  ),
})

/** The lines of each thread together, as where logs of threads were put one after the other. */
const byThread = (lines: readonly string[], tidOf = (line: string) => line.split(/[ @]/)[0]): string[] => {
  const tids = [...new Set(lines.map(tidOf))]
  return tids.flatMap(tid => lines.filter(line => tidOf(line) === tid))
}

const swapped = (lines: readonly string[], line: number): string[] =>
  lines.toSpliced(line - 1, 2, lines[line] as string, lines[line - 1] as string)

const complaint = async (lines: readonly string[]): Promise<string> => {
  const result = await auditResult(lines)
  return isLeft(result) ? showImportError(result.left) : 'no complaint'
}

recorded('lines out of the order of time, with thread ids', () => {
  it.each(['migration-during-boot.qemu-7.2.strace', 'q35.strace', 'minimal/m5.strace'])(
    'are put in order: %s, grouped by thread',
    async name => {
      const lines = linesOf(name)
      expect(found(await auditLines(byThread(lines)))).toEqual(found(await auditLines(lines)))
    },
  )
  it('are put in order: a trace of QEMU, grouped by thread', async () => {
    const lines = linesOf('virtio-mem-grow-shrink-grow.qemu-10.0.trace')
    expect(found(await auditLines(byThread(lines)))).toEqual(found(await auditLines(lines)))
  })
  it('are put in order: two lines of two threads, and are named by where they stand', async () => {
    const report = await auditLines(swapped(linesOf('minimal/m5.strace'), 4))
    expect(report.verdict.is).toBe('affected')
    const [window] = report.updates.flatMap(({ windows }) => windows)
    expect(window).toMatchObject({ running: [101], fromLine: 5, toLine: 6 })
    expect(report.origins).toEqual([{ line: 5, file: 0, at: 4 }])
  })
  it('keep the stack beneath its call', async () => {
    const lines = linesOf('q35-boot-k.strace')
    const calls = lines.join('\n').split(/\n(?=\d)/)
    const grouped = byThread(calls).join('\n').split('\n')
    const callers = async (of: string[]) =>
      (await auditLines(of)).updates.flatMap(({ windows }) => windows.map(({ caller }) => caller))
    expect(await callers(grouped)).toEqual(await callers(lines))
  })
  it('are refused where a thread’s own times run backwards, be it by a third of a millisecond', async () => {
    const lines = linesOf('migration-during-boot.qemu-7.2.strace')
    const at = lines.findIndex(
      (line, i) =>
        line.includes('USER_MEMORY_REGION') &&
        lines[i + 1]?.includes('USER_MEMORY_REGION') &&
        line.split(' ')[0] === lines[i + 1]?.split(' ')[0],
    )
    expect(at).toBeGreaterThan(0)
    expect(await complaint(swapped(lines, at + 1))).toMatch(
      new RegExp(
        `^recording:${at + 2}: found a time of thread 25623 before that of its line above.*tail -n \\+${at + 2}`,
      ),
    )
  })
  it('are refused where the clock was set back', async () => {
    const later = linesOf('minimal/m5.strace').map((line, i) =>
      i < 5 ? line : line.replace(/ (\d+)\.(\d)/, (_, s: string) => ` ${Number(s) - 1}.0`),
    )
    expect(await complaint(later)).toMatch(/lines were moved, the clock was set back/)
  })
  it('are refused where there are too many of them to be kept', async () => {
    const [first = '', ...rest] = linesOf('minimal/m5.strace')
    const long = `101 1000000.000000 ioctl(11, KVM_RUN, 0) = 0 ${' '.repeat(60_000)}`
    const lines = [first, ...Array.from({ length: 600 }, () => long), ...rest]
    expect(await complaint(lines)).toMatch(/not in the order.*sort -s -k2,2/)
  })
})
