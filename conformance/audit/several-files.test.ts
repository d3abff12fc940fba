import { isLeft } from 'fp-ts/lib/Either.js'
import { describe, expect, it } from 'vitest'
import type { AuditReport } from '../reports/audit/codec.js'
import { auditFiles } from './audit-recording.js'
import { auditLines, linesOf, recordingsThere } from './audit-text.js'
import { showImportError } from './recording/import-error.js'

const tidOf = (line: string) => line.split(' ')[0] as string

async function* whole(text: string) {
  yield text
}

/** A recording as `strace -ff` writes it: a file for each thread, without thread ids. */
const filesOf = (
  lines: readonly string[],
  without: string | null = null,
  alsoThere: readonly string[] = [],
) =>
  [...new Set([...lines.map(tidOf), ...alsoThere])]
    .filter(tid => tid !== without)
    .map(tid => ({
      name: `run.strace.${tid}`,
      chunks: whole(
        lines
          .filter(line => tidOf(line) === tid)
          .map(line => `${line.replace(/^\d+ +/, '')}\n`)
          .join(''),
      ),
    }))

const result = (files: ReturnType<typeof filesOf>) => auditFiles(files, { name: 'files' })
const report = async (files: ReturnType<typeof filesOf>): Promise<AuditReport> => {
  const found = await result(files)
  if (isLeft(found)) throw new Error(showImportError(found.left))
  return found.right
}
const unknown = ({ updates }: AuditReport) =>
  updates.flatMap(({ windows }) => windows.map(one => one.unknown?.because ?? one.running))

describe.skipIf(!recordingsThere)('a recording in a file for each thread', () => {
  const q35 = linesOf('q35.strace')
  const virtio = linesOf('virtio-mem-grow-shrink-grow.qemu-10.0.strace')

  it('tells what the one in one file tells', async () => {
    expect((await report(filesOf(q35))).totals).toEqual((await auditLines(q35)).totals)
    expect((await report(filesOf(virtio))).totals).toEqual((await auditLines(virtio)).totals)
  })
  it('without that of the first vCPU’s thread: nobody is taken to be outside, and no result judged', async () => {
    for (const [lines, tid] of [
      [q35, '20969'],
      [virtio, '8566'],
    ] as const) {
      const found = await report(filesOf(lines, tid))
      expect(found.verdict.is).toBe('cannot tell')
      expect(found.totals).toMatchObject({ windowsUnmet: 0, windowsBeforeRun: 0, deviations: 0 })
      expect(found.deviations).toEqual([])
      expect(unknown(found)[0]).toMatch(/no line makes vCPU 0/)
    }
  })
  it('without that of a thread whose making is recorded: nobody is taken to be outside', async () => {
    const clone = (child: string) =>
      `20967 1795348284.340000 clone3({flags=CLONE_VM|CLONE_FILES|CLONE_THREAD} => {parent_tid=[${child}]}, 88) = ${child}`
    const lines = q35.toSpliced(80, 0, ...['20968', '20969', '20970', '20999'].map(clone))
    const at = (line: string) => Number(line.split(/ +/)[1])
    const inOrder = lines.toSorted((a, b) => at(a) - at(b))
    expect((await report(filesOf(inOrder, null, ['20999']))).totals).toMatchObject({ windowsMet: 18 })
    const found = await report(filesOf(inOrder, '20970', ['20999']))
    expect(found.verdict.is).toBe('cannot tell')
    expect(unknown(found)[0]).toMatch(/a thread was made whose file was not given/)
  })
  it('by a clock that passes midnight is refused: which lines are of which day is not known', async () => {
    const clock = (line: string) =>
      line.replace(/^(\d+) +(\d+)\.(\d+) /, (_, tid: string, s: string, part: string) => {
        const of = (n: number) => String(Math.floor(n)).padStart(2, '0')
        const day = (Number(s) - 1_795_348_284 + 86_395) % 86_400
        return `${tid} ${of(day / 3600)}:${of((day / 60) % 60)}:${of(day % 60)}.${part} `
      })
    const lines = q35.map(clock)
    expect((await auditLines(lines)).totals.windowsMet).toBe(18)
    const refused = await result(filesOf(lines))
    expect(isLeft(refused) && showImportError(refused.left)).toMatch(/passes midnight.*-ttt/)
    const tids = [...new Set(lines.map(tidOf))]
    const grouped = tids.flatMap(tid => lines.filter(line => tidOf(line) === tid))
    await expect(auditLines(grouped)).rejects.toThrow(/midnight passed/)
  })
})

describe.skipIf(!recordingsThere)('recordings of two formats in one file', () => {
  const strace = linesOf('q35.strace')
  const trace = linesOf('virtio-mem-grow-shrink-grow.qemu-10.0.trace')
  const quiet = linesOf('virtio-mem-grow-shrink-grow.qemu-10.0.strace')

  it('leave it open whether the VMM of the second is affected', async () => {
    for (const lines of [
      [...quiet, ...trace],
      [...trace, ...strace],
    ]) {
      const found = await auditLines(lines)
      expect(found.verdict.is).toBe('cannot tell')
      expect(found.verdict.because.join()).toMatch(/line \d+ is of another format/)
    }
  })
  it('do not where the second has no memslot call, like what a program writes among the lines of strace', async () => {
    const mixed = quiet.flatMap((line, i) =>
      i % 50 === 0 ? [line, 'qemu: warning: TSC frequency mismatch'] : [line],
    )
    expect((await auditLines(mixed)).verdict.is).toBe('not affected')
  })
  it('lines of strace into which a program has written: nobody is taken to be outside', async () => {
    const torn = quiet.map((line, i) => (i % 97 === 60 ? `${line.slice(0, 40)}qemu: warning` : line))
    expect(torn.filter((line, i) => line !== quiet[i] && /ioctl\(/.test(line)).length).toBeGreaterThan(0)
    const found = await auditLines(torn)
    expect(found.verdict.is).toBe('cannot tell')
    expect(found.totals.windowsUnmet).toBe(0)
  })
})
