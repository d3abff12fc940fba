import { isLeft } from 'fp-ts/lib/Either.js'
import { describe, expect, it } from 'vitest'
import { auditLines, auditResult, linesOf, recordingsThere } from './audit-text.js'
import { isLeftOut } from './recording/text/left-out.js'

const recorded = describe.skipIf(!recordingsThere)
const WHOLE = [
  'q35.strace',
  'virtio-mem-grow-shrink-grow.qemu-10.0.strace',
  'migration-during-boot.qemu-7.2.strace',
]
const unknown = (report: Awaited<ReturnType<typeof auditLines>>) =>
  report.updates.flatMap(({ windows }) => windows.map(one => one.unknown?.because ?? one.running))

recorded.each(WHOLE)('%s', name => {
  const lines = linesOf(name)

  it('without the beginnings of calls: the end of one shows that lines are missing, and nobody is taken to be outside', async () => {
    const report = await auditLines(lines.filter(line => !line.includes('<unfinished ...>')))
    expect(report.verdict.is).toBe('cannot tell')
    expect(report.totals).toMatchObject({
      windowsMet: 0,
      windowsUnmet: 0,
      windowsBeforeRun: 0,
      deviations: 0,
    })
    expect(unknown(report)[0]).toMatch(/lines are missing: line \d+ ends a call that no line begins/)
  })
  it('with every line twice: two lines of a thread and a microsecond are one', async () => {
    const [once, twice] = [await auditLines(lines), await auditLines(lines.flatMap(line => [line, line]))]
    expect(twice.totals).toEqual(once.totals)
    expect(twice.deviations).toEqual([])
  })
  it.each(['...', '[...]', '> [snip]'])(
    'with a part left out and marked by %s: nothing is told across it',
    async mark => {
      const third = Math.floor(lines.length / 3)
      const report = await auditLines([...lines.slice(0, third), mark, ...lines.slice(2 * third)])
      expect(report.totals).toMatchObject({ windowsUnmet: 0, windowsBeforeRun: 0, deviations: 0 })
      expect(report.verdict.is).not.toBe('not affected')
    },
  )
  it('without times, the lines of each thread together: is refused', async () => {
    const tids = [...new Set(lines.map(line => line.split(' ')[0]))]
    const grouped = tids.flatMap(tid => lines.filter(line => line.split(' ')[0] === tid))
    const result = await auditResult(grouped.map(line => line.replace(/^(\d+) +[0-9.]+ /, '$1 ')))
    expect(isLeft(result) && result.left.found).toMatch(
      /lines are not in the order in which they were written/,
    )
  })
})

describe('a recording without the lines that end calls', () => {
  const at = (ms: number) => (1_795_348_284 + ms / 1000).toFixed(6)
  const set = (ms: number, size: number) =>
    `1 ${at(ms)} ioctl(8, KVM_SET_USER_MEMORY_REGION, {slot=0, flags=0, guest_phys_addr=0, memory_size=${size}, userspace_addr=0x7f0000000000}) = 0`

  it('as `grep "ioctl("` leaves it: a vCPU that no line ends is not taken to be inside', async () => {
    const report = await auditLines([
      `1 ${at(0)} ioctl(3, KVM_CREATE_VM, 0) = 8`,
      `1 ${at(1)} ioctl(8, KVM_CREATE_VCPU, 0) = 9`,
      set(2, 4096),
      `2 ${at(3)} ioctl(9, KVM_RUN <unfinished ...>`,
      `1 ${at(4)} ioctl(8, KVM_IRQ_LINE_STATUS, 0x7ffd0000) = 0`,
      `2 ${at(5)} ioctl(9, KVM_RUN <unfinished ...>`,
      `1 ${at(6)} ioctl(8, KVM_IRQ_LINE_STATUS, 0x7ffd0000) = 0`,
      set(7, 0),
      set(8, 4096),
    ])
    expect(report.verdict.is).toBe('cannot tell')
    expect(unknown(report)).toEqual([
      'when thread 2’s KVM_RUN of line 6 ended is not recorded: unknown until line 9',
    ])
  })
})

recorded('two small recordings without times, the lines of each thread together', () => {
  it.each(['minimal/m1.strace', 'minimal/m5.strace'])('%s: nobody is taken to be outside', async name => {
    const lines = linesOf(name)
    const tids = [...new Set(lines.map(line => line.split(' ')[0]))]
    const grouped = tids.flatMap(tid => lines.filter(line => line.split(' ')[0] === tid))
    const report = await auditLines(grouped.map(line => line.replace(/^(\d+) +[0-9.]+ /, '$1 ')))
    expect(report.verdict.is).toBe('cannot tell')
    expect(report.verdict.because.join()).toMatch(/no times|which strace divides only for a line in between/)
  })
})

describe('a recording of calls that failed alone (strace -Z)', () => {
  const failed = (tid: number, call: string) => `${tid} 1795348284.000000 ${call} = -1 EEXIST (File exists)`
  const set =
    'ioctl(8, KVM_SET_USER_MEMORY_REGION, {slot=0, flags=0, guest_phys_addr=0, memory_size=4096, userspace_addr=0x7f0000000000})'

  it('does not tell that no memory was unmapped', async () => {
    const report = await auditLines([failed(1, set), failed(2, 'ioctl(9, KVM_RUN, 0)'), failed(3, set)])
    expect(report.verdict.is).toBe('cannot tell')
    expect(report.verdict.because[0]).toMatch(/every call that is recorded failed/)
  })
})

describe('a line that says that lines were left out', () => {
  it.each([
    '...',
    '[...]',
    '…',
    '(...)',
    '--',
    '> ...',
    '<snip>',
    '[snip]',
    '8<---',
    '[120 lines omitted]',
    'etc.',
  ])('is %s', line => {
    expect(isLeftOut(line)).toBe(true)
  })
  it.each([
    '',
    '---',
    '```',
    '$ cat run.strace',
    '1 ioctl(3, KVM_RUN, 0) = 0',
    'snippet',
    '- first',
    '--- SIGUSR1 {} ---',
  ])('is not %s', line => {
    expect(isLeftOut(line)).toBe(false)
  })
})

describe('two processes with the same descriptors', () => {
  const at = (ms: number) => (1_795_348_284 + ms / 1000).toFixed(6)
  const set = (tid: number, ms: number, slot: number, size: number, hva: string) =>
    `${tid} ${at(ms)} ioctl(8, KVM_SET_USER_MEMORY_REGION, {slot=${slot}, flags=0, guest_phys_addr=0, memory_size=${size}, userspace_addr=${hva}}) = 0`

  it('have a call in common where it is not known whose it is: it is judged in none, and may have changed either', async () => {
    const report = await auditLines([
      `10 ${at(0)} ioctl(3, KVM_CREATE_VM, 0) = 8`,
      `20 ${at(1)} ioctl(3, KVM_CREATE_VM, 0) = 8`,
      set(10, 2, 0, 4096, '0x7f0000000000'),
      set(20, 3, 0, 4096, '0x7e0000000000'),
      // It would be a deviation in either, and may have deleted what the next call deletes.
      set(30, 4, 0, 8192, '0x7d0000000000'),
      set(10, 5, 0, 0, '0x7f0000000000'),
      set(10, 6, 0, 4096, '0x7f0000000000'),
    ])
    expect(report).toMatchObject({ calls: 5, deviations: [], counted: { notJudged: 2 } })
    expect(report.verdict.is).toBe('cannot tell')
  })
})

recorded('a trace of QEMU', () => {
  const again = (line: string) => line.replace(/^(\d+)@/, (_, tid: string) => `${Number(tid) + 5000}@`)
  const interleaved = (lines: readonly string[]) => lines.flatMap(line => [line, again(line)])

  it.each(['q35-boot.qemu-7.2.trace', 'virtio-mem-grow-shrink-grow.qemu-10.0.trace'])(
    '%s without what makes vCPUs: there may be some that no line shows',
    async name => {
      const report = await auditLines(linesOf(name).filter(line => !line.includes('kvm_vm_ioctl')))
      expect(report.verdict.is).toBe('cannot tell')
      expect(report.totals).toMatchObject({ windowsUnmet: 0, windowsBeforeRun: 5 })
      expect(unknown(report).join()).toMatch(/a vCPU runs whose making is not recorded/)
    },
  )
  it.each([
    'q35-boot.qemu-7.2.trace',
    'virtio-mem-grow-shrink-grow.qemu-10.0.trace',
    'minimal/m10.trace',
    'q35.qemu-trace',
  ])('%s of two processes in one log: what is not known to be of one is judged in neither', async name => {
    const lines = linesOf(name)
    for (const both of [
      interleaved(lines),
      [...lines, ...lines.map(again).map(line => line.replace(/@1/, '@2'))],
    ]) {
      const report = await auditLines(both)
      expect(report.deviations).toEqual([])
      expect(report.totals.windowsUnmet).toBe(0)
    }
  })
})
