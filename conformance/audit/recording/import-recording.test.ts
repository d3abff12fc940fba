import { isLeft, isRight } from 'fp-ts/lib/Either.js'
import { describe, expect, it } from 'vitest'
import { showImportError } from './import-error.js'
import { createImporter, formatOf } from './import-recording.js'
import { mergeFiles } from './merge-files.js'
import type { RecordedCall } from './record.js'
import { createTextDecoding } from './text/decode-text.js'
import { createLineSplitter, MAX_LINE } from './text/line-splitter.js'

const finish = (text: string, size = 7) => {
  const calls: RecordedCall[] = []
  const importer = createImporter({ name: 'some.file' }, call => calls.push(call))
  for (let i = 0; i < text.length; i += size) importer.push(text.slice(i, i + size))
  return { calls, result: importer.end() }
}
const complaint = (text: string) => {
  const { result } = finish(text, 1000)
  return isLeft(result) ? showImportError(result.left) : 'no complaint'
}
const sets = (text: string) =>
  finish(text).calls.flatMap(call =>
    call.kind === 'set' ? [{ line: call.line, size: call.region?.size ?? null }] : [],
  )

const call =
  'ioctl(8, KVM_SET_USER_MEMORY_REGION, {slot=0, flags=0, guest_phys_addr=0, memory_size=4096, userspace_addr=0x7f0000000000}) = 0'

describe('a recording', () => {
  it('shows its format in its lines', () => {
    expect(formatOf('20967 1795348284.332726 ioctl(3, KVM_GET_API_VERSION, 0) = 12')?.name).toBe('strace')
    expect(formatOf('23396@1795348916.607693:kvm_run_exit cpu_index 0, reason 2')?.name).toBe('qemu-trace')
    expect(formatOf('kvm_set_user_memory Slot#0 flags=0x0')?.name).toBe('qemu-trace')
    expect(formatOf('# memslot recorder 1')?.name).toBe('bpftrace')
    expect(formatOf('VNC server running on ::1:5900')).toBeNull()
  })
  it('may begin with lines of something else, which are counted', () => {
    const { calls, result } = finish(`VNC server running\n\n5 1795348284.5 ${call}\n`)
    expect(calls).toHaveLength(2)
    expect(isRight(result) && result.right).toMatchObject({ format: 'strace', lines: 3, unknownLines: 1 })
  })
  it('may come in pieces of any size, with either line end', () => {
    const text = `5 1795348284.5 ${call}\r\n5 1795348284.6 ${call}\r\n`
    for (const size of [1, 2, 50, 1000]) expect(finish(text, size).calls).toHaveLength(3)
  })
  it('without any memslot call is refused, and the refusal says what was found and what to record', () => {
    expect(complaint('5 1795348284.5 ioctl(3, KVM_CREATE_VM, 0) = 8\n')).toMatch(
      /^some\.file: found no memslot call in 1 line of strace output, expected KVM_SET_USER_MEMORY_REGION.*strace -f -y -T -ttt/,
    )
    expect(complaint('1@2.3:kvm_run_exit cpu_index 0, reason 2\n')).toMatch(
      /found no memslot call in 1 line of a QEMU/,
    )
  })
  it('that is something else is refused with its first line', () => {
    expect(complaint('\nhello, world\nand more\n')).toMatch(
      /no line of a recording in 3 lines, the first being "hello, world"/,
    )
    expect(complaint('')).toMatch(/found an empty file/)
  })
  it.each([
    ['strace -c', '% time     seconds  usecs/call     calls    errors syscall', /summary of `strace -c`/],
    [
      'perf trace',
      '    10.025 ( 0.337 ms): qemu-system-x8/25839 ioctl(fd: 4, cmd: KVM_CREATE_VM) = 9',
      /pointer/,
    ],
    ['ftrace', '# tracer: nop', /ftrace/],
    ['trace-cmd', '       CPU 0/KVM-4711  [003] 12345.678901: kvm_entry:   vcpu 0, rip 0xfff0', /ftrace/],
    [
      'perf script, of a thread whose name has a space',
      'CPU 0/KVM  4711 [003] 12345.678901:   kvm:kvm_entry: vcpu 0, rip 0xfff0',
      /perf script/,
    ],
    ['gdb', 'Breakpoint 1, kvm_set_user_memory_region (slot=0x5555566, new=false) at kvm-all.c:345', /gdb/],
    [
      'Firecracker',
      '2019-01-01T [anonymous-instance:INFO:vmm/src/vm.rs:64] Guest memory starts at 7f0000000000',
      /host addresses/,
    ],
    ['QMP', '{"execute":"qmp_capabilities"}', /QMP/],
  ])('of a kind that cannot be audited is refused with the reason: %s', (_, line, says) => {
    expect(complaint(`${line}\n`)).toMatch(says)
    expect(complaint(`${line}\n`)).toMatch(/strace -f -y -T -ttt/)
  })
  it('whose times run backwards without thread ids is refused with what merges it', () => {
    expect(complaint(`1795348284.5 ${call}\n1795348280.5 ${call}\n`)).toMatch(
      /some\.file:2: found a time before.*strace-log-merge/,
    )
  })
  it('whose times run backwards with thread ids is refused with what sorts it', () => {
    expect(complaint(`5 1795348284.5 ${call}\n6 1795348284.4 ${call}\n`)).toMatch(
      /some\.file:2: found a time before.*not in the order.*sort -s -k2,2/,
    )
  })
  it('with lines that never end is held in bounded memory', () => {
    const splitter = createLineSplitter()
    for (let i = 0; i < 100; i++) splitter.push('x'.repeat(10_000), () => {})
    expect(splitter.end()?.length).toBeLessThan(MAX_LINE + 10_001)
  })
})

describe('a recording as posted', () => {
  const head = '5 1795348284.5 '
  const wrapped = `${head}${call.replace(' memory_size', '\n   memory_size')}`
  it.each([
    ['indented', `    ${head}${call}\n`],
    ['quoted', `> ${head}${call}\n`],
    ['quoted in a quote', `> > ${head}${call}\n`],
    ['in a table of a web page', `| ${head}${call}\n`],
    [
      'with the entities of HTML',
      `${head}${call.replace(', {', ' /* &lt;x&gt; */, {').replace(' /* &lt;x&gt; */', '')} &lt;0.000010&gt;\n`,
    ],
    ['wrapped', `${wrapped}\n`],
    ['wrapped and quoted', `${wrapped.replaceAll(/^/gm, '> ')}\n`],
    ['wrapped into many', `${head}${call.replaceAll(', ', ',\n')}\n`],
    [
      'quoted-printable',
      `${`${head}${call}`.replaceAll('=', '=3D').replace(' memory_size', ' memory=\n_size')}\n`,
    ],
  ])('is read: %s', (_, text) => {
    expect(sets(text)).toEqual([{ line: 1, size: 4096n }])
  })
  it('keeps apart a line that was cut and the next', () => {
    const { calls, result } = finish(`${head}${call.slice(0, 70)}\n${head}${call}\n`)
    expect(calls.flatMap(({ kind, line }) => (kind === 'set' ? [line] : []))).toEqual([1, 2])
    expect(isRight(result) && result.right).toMatchObject({
      unknownLines: 1,
      undecoded: 1,
      broken: [{ line: 1, expected: expect.stringMatching(/a whole ioctl/) }],
    })
  })
  it('is text in UTF-8 or UTF-16, with a byte order mark or without', () => {
    const decoded = (...bytes: Uint8Array[]) => {
      const decoding = createTextDecoding()
      return bytes.map(part => decoding.push(part)).join('') + decoding.end()
    }
    const utf16 = Buffer.from(`\ufeff${call}`, 'utf16le')
    expect(decoded(utf16.subarray(0, 11), utf16.subarray(11))).toBe(call)
    expect(decoded(Buffer.from(utf16).swap16())).toBe(call)
    expect(decoded(Buffer.from(`\ufeff${call}`))).toBe(call)
    expect(decoded(Buffer.from('µs').subarray(0, 1), Buffer.from('µs').subarray(1))).toBe('µs')
  })
})

describe('a recording in several files', () => {
  const file = (name: string, ...lines: string[]) => ({
    name,
    chunks: (async function* () {
      yield `${lines.join('\n')}\n`
    })(),
  })
  const merged = async (...files: ReturnType<typeof file>[]) => {
    const lines: string[] = []
    const result = await mergeFiles(files, (text, at, line) => lines.push(`${at}:${line} ${text}`))
    return { lines, result }
  }
  it('is merged by time, and a file tells its thread by its name', async () => {
    const { lines } = await merged(
      file('run.strace.7', '1795348284.1 a() = 0', '1795348284.4 b() = 0'),
      file('run.strace.8', '1795348284.2 c() = 0', ' > stack', '1795348284.3 d() = 0'),
    )
    expect(lines).toEqual([
      '0:1 7 1795348284.1 a() = 0',
      '1:1 8 1795348284.2 c() = 0',
      '1:2 8  > stack',
      '1:3 8 1795348284.3 d() = 0',
      '0:2 7 1795348284.4 b() = 0',
    ])
  })
  it('that has no times cannot be merged', async () => {
    const { result } = await merged(file('run.strace.7', 'a() = 0'), file('run.strace.8', 'b() = 0'))
    expect(isLeft(result) && showImportError(result.left)).toMatch(
      /2 files whose lines have no times.*strace/,
    )
  })
})

describe('other recorders', () => {
  it('ours, with bpftrace: lines of several CPUs are put in order, and have both times', () => {
    const text = `Attaching 4 probes...
# memslot recorder 1
9585/9585 1578151829732 > 3 ae01 0
9585/9586 1578400000000 > 9 ae80 0
9585/9585 1578151864094 < 8
9585/9585 1578195100071 > 8 4020ae46 7ffdd425a520 set 0 2 0 4000000 7f8c5fe00000
9585/9585 1578195200000 < 0
`
    const { calls } = finish(text)
    expect(calls.map(({ kind }) => kind)).toEqual(['vm-begins', 'begins', 'set', 'begins', 'run'])
    expect(calls.find(({ kind }) => kind === 'set')).toMatchObject({
      tid: 9585,
      from: 1578.195100071,
      to: 1578.1952,
      region: { id: 0, flags: 2, gpa: 0n, size: 0x4000000n },
    })
    expect(calls.at(-1)).toMatchObject({ kind: 'run', end: 'never', tid: 9586 })
  })
  it('cloud-hypervisor’s log, with slots by number or by address', () => {
    const log = (what: string, slot = '') =>
      `[2022-08-30T21:01:29.045Z] cloud-hypervisor: 85.5s: <vmm> INFO:vmm/src/memory_manager.rs:1521 -- ${what} userspace mapping: 100000000 -> 7f77b9a4e000 40000000${slot}\n`
    const { calls } = finish(`${log('Creating', ', slot 4')}${log('Created')}${log('Removed')}`)
    expect(calls.slice(1)).toMatchObject([
      {
        kind: 'set',
        to: 85.5,
        region: { id: 4, gpa: 0x100000000n, size: 0x40000000n, hva: 0x7f77b9a4e000n },
      },
      { kind: 'set', region: { id: 4, size: 0n } },
    ])
  })
})
