import { isRight } from 'fp-ts/lib/Either.js'
import { describe, expect, it } from 'vitest'
import { createImporter } from '../import-recording.js'
import type { RecordedCall } from '../record.js'
import type { ImportSummary } from '../summary.js'

const read = (text: string): { calls: RecordedCall[]; summary: ImportSummary } => {
  const calls: RecordedCall[] = []
  const importer = createImporter({ name: 'test' }, call => calls.push(call))
  importer.push(text)
  const end = importer.end()
  if (!isRight(end)) throw new Error(end.left.found)
  return { calls, summary: end.right }
}

/** The lines a tenth of a second apart. */
const inTime = (text: string): string => {
  let line = 0
  return text.replaceAll(/ 1795348284\.\d+ /g, () => ` ${(1795348284 + line++ / 10).toFixed(1)} `)
}

const region = (slot: number, size: number) =>
  `{slot=${slot}, flags=0, guest_phys_addr=0, memory_size=${size}, userspace_addr=0x7f0000000000}`
const set = (slot = 0, size = 4096) => `KVM_SET_USER_MEMORY_REGION, ${region(slot, size)}`

describe('a recording by strace', () => {
  it('says which VM a vCPU belongs to', () => {
    const { calls } = read(`1 1795348284.1 ioctl(3, KVM_CREATE_VM, 0) = 8
1 1795348284.2 ioctl(3, KVM_CREATE_VM, 0) = 9
1 1795348284.3 ioctl(9, KVM_CREATE_VCPU, 0) = 10
1 1795348284.4 ioctl(8, KVM_CREATE_VCPU, 0) = 11
2 1795348284.5 ioctl(10, KVM_RUN, 0) = 0
3 1795348284.6 ioctl(11, KVM_RUN, 0) = 0
1 1795348284.7 ioctl(9, ${set()}) = 0
`)
    const told = calls.map(call => [call.kind, 'vm' in call ? call.vm : null])
    expect(told).toEqual([
      ['vm-begins', 1],
      ['vm-begins', 2],
      ['create-vcpu', 2],
      ['create-vcpu', 1],
      ['run', 2],
      ['run', 1],
      ['set', 2],
    ])
  })
  it('joins the two lines of a call that another thread interrupted, and gives it both times', () => {
    const { calls, summary } = read(`1 1795348284.1 ioctl(3, KVM_CREATE_VM, 0) = 8
1 1795348284.2 ioctl(8, KVM_CREATE_VCPU, 0) = 9
2 1795348284.3 ioctl(9, KVM_RUN, 0 <unfinished ...>
1 1795348284.4 ioctl(8, ${set()} <unfinished ...>
2 1795348284.5 <... ioctl resumed>) = -1 EINTR (Interrupted system call)
1 1795348284.6 <... ioctl resumed>) = 0
`)
    expect(calls.slice(2)).toMatchObject([
      { kind: 'begins', call: 'run', line: 3, tid: 2, vm: 1 },
      { kind: 'begins', call: 'set', line: 4, tid: 1, vm: 1 },
      { kind: 'run', line: 3, endLine: 5, from: 1795348284.3, to: 1795348284.5, outcome: { errno: 'EINTR' } },
      { kind: 'set', line: 4, endLine: 6, from: 1795348284.4, to: 1795348284.6, region: { size: 4096n } },
    ])
    expect(summary).toMatchObject({ memslotCalls: 1, neverEnded: 0, neverBegun: 0, unknownLines: 0 })
  })
  it('counts a call that never ended, one that never began, and lines it does not know', () => {
    const { calls, summary } = read(`9 1795348284.0 <... ioctl resumed>, 0) = 0
qemu: some warning
1 1795348284.1 ioctl(3, KVM_CREATE_VM, 0) = 8
1 1795348284.2 ioctl(8, ${set()}) = 0
2 1795348284.3 ioctl(8, KVM_CREATE_VCPU, 0) = 9
2 1795348284.4 ioctl(9, KVM_RUN <unfinished ...>
2 1795348284.5 +++ killed by SIGKILL +++
3 1795348284.6 ioctl(8, KVM_IRQ_LINE, 0x7f <unfinished ...>
`)
    expect(summary).toMatchObject({
      neverEnded: 2,
      neverBegun: 1,
      unknownLines: 1,
      broken: [{ line: 2 }],
      lines: 8,
    })
    expect(calls.find(call => call.kind === 'run')).toMatchObject({
      line: 6,
      endLine: 7,
      outcome: { is: 'unknown' },
    })
  })
  it('has differences in whole seconds, with a thread before them or without', () => {
    const lines = [
      'ioctl(3, KVM_CREATE_VM, 0) = 8',
      `ioctl(8, ${set()}) = 0`,
      `ioctl(8, ${set(0, 0)}) = 0`,
      `ioctl(8, ${set()}) = 0`,
    ]
    for (const [prefix, tid] of [
      ['', null],
      ['100  ', 100],
      ['[pid   100] ', 100],
    ] as const) {
      const { calls } = read(
        [0, 0, 2, 1].map((s, i) => `${prefix}${String(s).padStart(6)} ${lines[i]}\n`).join(''),
      )
      expect(calls.flatMap(call => (call.kind === 'set' ? [[call.tid, call.from]] : []))).toEqual([
        [tid, 0],
        [tid, 2],
        [tid, 3],
      ])
    }
  })
  it('leaves out a last line that was cut, but not one that only lacks its line end', () => {
    const start = `1 1795348284.1 ioctl(3, KVM_CREATE_VM, 0) = 8\n1 1795348284.2 ioctl(8, ${set()}) = 0`
    const whole = read(start)
    expect(whole.summary).toMatchObject({ cutShort: false, memslotCalls: 1 })
    const cut = read(`${start}\n1 1795348284.3 ioctl(8, KVM_CREATE_VCPU, 0) = 1`)
    expect(cut.summary).toMatchObject({ cutShort: true, lines: 3 })
    expect(cut.calls.some(call => call.kind === 'create-vcpu')).toBe(false)
  })
  it('keeps a memslot call whose argument was not decoded, and says so', () => {
    const { calls, summary } = read('1 1795348284.2 ioctl(8, KVM_SET_USER_MEMORY_REGION, 0x7ffd00) = 0\n')
    expect(calls).toMatchObject([
      { kind: 'vm-begins', how: 'met' },
      { kind: 'set', region: null },
    ])
    expect(summary).toMatchObject({ memslotCalls: 1, undecoded: 1 })
  })
  it('takes a descriptor given out again for a new VM', () => {
    const { calls } = read(`1 1795348284.1 ioctl(3, KVM_CREATE_VM, 0) = 8
1 1795348284.2 ioctl(8, ${set()}) = 0
1 1795348284.3 ioctl(3, KVM_CREATE_VM, 0) = 8
1 1795348284.4 ioctl(8, ${set()}) = 0
`)
    expect(calls).toMatchObject([
      { kind: 'vm-begins', vm: 1, replaces: [] },
      { kind: 'set', vm: 1 },
      { kind: 'vm-begins', vm: 2, replaces: [1] },
      { kind: 'set', vm: 2 },
    ])
  })
  it('keeps two processes apart that use the same descriptor', () => {
    const { calls, summary } = read(`1 1795348284.1 ioctl(3, KVM_CREATE_VM, 0) = 8
1 1795348284.2 ioctl(8, ${set()}) = 0
2 1795348284.3 ioctl(3, KVM_CREATE_VM, 0) = 8
2 1795348284.4 ioctl(8, ${set()}) = 0
1 1795348284.5 ioctl(8, ${set(1)}) = 0
3 1795348284.6 ioctl(8, KVM_CREATE_VCPU, 0) = 9
`)
    expect(calls.filter(call => call.kind === 'set').map(call => call.vm)).toEqual([1, 2, 1])
    expect(summary.ambiguous).toBe(1)
  })
  it('tells whose vCPU a thread makes by the descriptor it gets, and does not guess whose it runs', () => {
    const twice = (tid: number) => `${tid} 1795348284.1 ioctl(3, KVM_CREATE_VM, 0) = 8
${tid} 1795348284.2 ioctl(8, ${set()}) = 0
${tid + 1} 1795348284.3 ioctl(8, KVM_CREATE_VCPU, 0) = 9
`
    const { calls, summary } = read(
      inTime(`${twice(10)}${twice(20)}21 1795348284.4 ioctl(9, KVM_RUN, 0) = 0
11 1795348284.5 ioctl(9, KVM_RUN, 0) = 0
77 1795348284.6 ioctl(9, KVM_RUN, 0) = 0
`),
    )
    expect(calls.flatMap(call => (call.kind === 'create-vcpu' ? [call.vm] : []))).toEqual([1, 2])
    expect(calls.flatMap(call => (call.kind === 'run' ? [call.vm] : []))).toEqual([2, 1, null])
    expect(summary.ambiguous).toBe(1)
  })
  it('learns whose thread one is by the memory of a slot that it changes', () => {
    const start = (tid: number, hva: string) => `${tid} 1795348284.1 ioctl(3, KVM_GET_API_VERSION, 0) = 12
${tid} 1795348284.1 ioctl(3, KVM_CREATE_VM, 0) = 8
${tid} 1795348284.2 ioctl(8, ${set().replace('0x7f0000000000', hva)}) = 0
`
    const vcpu = (tid: number) => `${tid} 1795348284.3 ioctl(8, KVM_CREATE_VCPU, 0) = 9\n`
    const { calls } = read(
      inTime(`${start(10, '0x7f1300000000')}${start(20, '0x7fdb00000000')}${vcpu(11)}${vcpu(21)}11 1795348284.4 ioctl(8, ${set(0, 0).replace('0x7f0000000000', '0x7f1300000000')}) = 0
11 1795348284.5 ioctl(9, KVM_RUN, 0) = 0
21 1795348284.6 ioctl(9, KVM_RUN, 0) = 0
`),
    )
    expect(calls.flatMap(call => (call.kind === 'set' ? [call.vm] : []))).toEqual([1, 2, 1])
    // Of 21 nothing tells that the 9 it runs is not the one that 11 runs.
    expect(calls.flatMap(call => (call.kind === 'run' ? [call.vm] : []))).toEqual([1, null])
  })
  it('learns whose thread one is not by what it has as /dev/kvm', () => {
    const { calls } = read(`10 1795348284.1 ioctl(3, KVM_CREATE_VM, 0) = 8
10 1795348284.1 ioctl(3, KVM_CREATE_VM, 0) = 9
20 1795348284.1 ioctl(8, KVM_CREATE_VM, 0) = 9
10 1795348284.2 ioctl(9, ${set()}) = 0
21 1795348284.3 ioctl(8, KVM_GET_VCPU_MMAP_SIZE, 0) = 12288
21 1795348284.3 ioctl(9, KVM_CREATE_VCPU, 0) = 10
`)
    expect(calls.at(-1)).toMatchObject({ kind: 'create-vcpu', vm: 3 })
  })
  it('learns whose thread one is by the process that kicks it', () => {
    const start = (tid: number) => `${tid} 1795348284.1 ioctl(3, KVM_CREATE_VM, 0) = 8
${tid} 1795348284.2 ioctl(8, ${set()}) = 0
`
    const kick = (tid: number, pid: number) =>
      `${tid} 1795348284.4 --- SIGUSR1 {si_signo=SIGUSR1, si_code=SI_TKILL, si_pid=${pid}, si_uid=0} ---\n`
    const vcpu = (tid: number) => `${tid} 1795348284.3 ioctl(8, KVM_CREATE_VCPU, 0) = 9\n`
    const run = (tid: number) => `${tid} 1795348284.5 ioctl(9, KVM_RUN, 0) = 0\n`
    const { calls } = read(
      inTime(
        `${start(10)}${start(20)}${vcpu(11)}${vcpu(21)}${kick(11, 10)}${kick(21, 20)}${run(21)}${run(11)}`,
      ),
    )
    expect(calls.flatMap(call => (call.kind === 'run' ? [call.vm] : []))).toEqual([2, 1])
  })
  it('knows whose thread a clone has made', () => {
    const flags = 'CLONE_VM|CLONE_FILES|CLONE_THREAD'
    const { calls, summary } = read(
      inTime(`10 1795348284.1 ioctl(3, KVM_CREATE_VM, 0) = 8
10 1795348284.2 ioctl(8, ${set()}) = 0
20 1795348284.1 ioctl(3, KVM_CREATE_VM, 0) = 8
10 1795348284.3 clone3({flags=${flags}} => {parent_tid=[11]}, 88) = 11
11 1795348284.4 ioctl(8, KVM_CREATE_VCPU, 0) = 9
11 1795348284.5 ioctl(9, KVM_RUN, 0) = 0
`),
    )
    expect(calls.at(-1)).toMatchObject({ kind: 'run', vm: 1 })
    expect(summary.ambiguous).toBe(0)
  })
  it('lets a process whose threads have all ended make way for the next one', () => {
    const run = `1 1795348284.1 ioctl(3, KVM_CREATE_VM, 0) = 8
1 1795348284.2 ioctl(8, ${set()}) = 0
1 1795348284.3 +++ exited with 0 +++
`
    const { calls, summary } = read(inTime(run + run))
    expect(calls).toMatchObject([
      { vm: 1 },
      { vm: 1 },
      { kind: 'vm-begins', vm: 2, replaces: [1] },
      { vm: 2 },
    ])
    expect(summary.ambiguous).toBe(0)
  })
  it('gives a call recorded with its duration an end', () => {
    const { calls } = read(`1 1795348284.5 ioctl(8, ${set()}) = 0 <0.250000>\n`)
    expect(calls.at(-1)).toMatchObject({ from: 1795348284.5, to: 1795348284.75 })
  })
  it('says that a failed creation makes no VM', () => {
    const { calls } = read(`1 1795348284.1 ioctl(3, KVM_CREATE_VM, 0) = -1 ENOMEM (Cannot allocate memory)
1 1795348284.2 ioctl(8, ${set()}) = -1 EINVAL (Invalid argument)
`)
    expect(calls).toMatchObject([
      { kind: 'vm-begins', how: 'met' },
      { kind: 'set', outcome: { is: 'error', errno: 'EINVAL' } },
    ])
  })
})
