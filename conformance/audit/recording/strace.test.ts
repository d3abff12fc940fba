import { isRight } from 'fp-ts/lib/Either.js'
import { describe, expect, it } from 'vitest'
import { importRecording } from './import-recording.js'
import type { RecordedCall } from './record.js'
import type { ImportSummary } from './summary.js'

const read = async (text: string): Promise<{ calls: RecordedCall[]; summary: ImportSummary }> => {
  const recording = importRecording(
    (async function* () {
      yield text
    })(),
    { name: 'test' },
  )
  const calls: RecordedCall[] = []
  for (;;) {
    const next = await recording.next()
    if (next.done !== true) calls.push(next.value)
    else if (isRight(next.value)) return { calls, summary: next.value.right }
    else throw new Error(next.value.left.found)
  }
}

const region = (slot: number, size: number) =>
  `{slot=${slot}, flags=0, guest_phys_addr=0, memory_size=${size}, userspace_addr=0x7f0000000000}`
const set = (slot = 0, size = 4096) => `KVM_SET_USER_MEMORY_REGION, ${region(slot, size)}`

describe('a recording by strace', () => {
  it('says which VM a vCPU belongs to', async () => {
    const { calls } = await read(`1 1795348284.1 ioctl(3, KVM_CREATE_VM, 0) = 8
1 1795348284.2 ioctl(3, KVM_CREATE_VM, 0) = 9
1 1795348284.3 ioctl(9, KVM_CREATE_VCPU, 0) = 10
1 1795348284.4 ioctl(8, KVM_CREATE_VCPU, 0) = 11
2 1795348284.5 ioctl(10, KVM_RUN, 0) = 0
3 1795348284.6 ioctl(11, KVM_RUN, 0) = 0
1 1795348284.7 ioctl(9, ${set()}) = 0
`)
    const told = calls.map(call => [call.what, 'vm' in call ? call.vm : null])
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
  it('joins the two lines of a call that another thread interrupted, and gives it both times', async () => {
    const { calls, summary } = await read(`1 1795348284.1 ioctl(3, KVM_CREATE_VM, 0) = 8
1 1795348284.2 ioctl(8, KVM_CREATE_VCPU, 0) = 9
2 1795348284.3 ioctl(9, KVM_RUN, 0 <unfinished ...>
1 1795348284.4 ioctl(8, ${set()} <unfinished ...>
2 1795348284.5 <... ioctl resumed>) = -1 EINTR (Interrupted system call)
1 1795348284.6 <... ioctl resumed>) = 0
`)
    expect(calls.slice(2)).toMatchObject([
      { what: 'begins', call: 'run', line: 3, tid: 2, vm: 1 },
      { what: 'begins', call: 'set', line: 4, tid: 1, vm: 1 },
      { what: 'run', line: 3, endLine: 5, from: 1795348284.3, to: 1795348284.5, outcome: { errno: 'EINTR' } },
      { what: 'set', line: 4, endLine: 6, from: 1795348284.4, to: 1795348284.6, region: { size: 4096n } },
    ])
    expect(summary).toMatchObject({ memslotCalls: 1, neverEnded: 0, neverBegun: 0, unknownLines: 0 })
  })
  it('counts a call that never ended, one that never began, and lines it does not know', async () => {
    const { calls, summary } = await read(`9 1795348284.0 <... ioctl resumed>, 0) = 0
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
      firstUnknown: [2],
      lines: 8,
    })
    expect(calls.find(call => call.what === 'run')).toMatchObject({
      line: 6,
      endLine: 7,
      outcome: { is: 'unknown' },
    })
  })
  it('leaves out a last line that was cut, but not one that only lacks its line end', async () => {
    const start = `1 1795348284.1 ioctl(3, KVM_CREATE_VM, 0) = 8\n1 1795348284.2 ioctl(8, ${set()}) = 0`
    const whole = await read(start)
    expect(whole.summary).toMatchObject({ cutShort: false, memslotCalls: 1 })
    const cut = await read(`${start}\n1 1795348284.3 ioctl(8, KVM_CREATE_VCPU, 0) = 1`)
    expect(cut.summary).toMatchObject({ cutShort: true, lines: 3 })
    expect(cut.calls.some(call => call.what === 'create-vcpu')).toBe(false)
  })
  it('keeps a memslot call whose argument was not decoded, and says so', async () => {
    const { calls, summary } = await read(
      '1 1795348284.2 ioctl(8, KVM_SET_USER_MEMORY_REGION, 0x7ffd00) = 0\n',
    )
    expect(calls).toMatchObject([
      { what: 'vm-begins', how: 'met' },
      { what: 'set', region: null },
    ])
    expect(summary).toMatchObject({ memslotCalls: 1, undecoded: 1 })
  })
  it('takes a descriptor given out again for a new VM', async () => {
    const { calls } = await read(`1 1795348284.1 ioctl(3, KVM_CREATE_VM, 0) = 8
1 1795348284.2 ioctl(8, ${set()}) = 0
1 1795348284.3 ioctl(3, KVM_CREATE_VM, 0) = 8
1 1795348284.4 ioctl(8, ${set()}) = 0
`)
    expect(calls).toMatchObject([
      { what: 'vm-begins', vm: 1, replaces: [] },
      { what: 'set', vm: 1 },
      { what: 'vm-begins', vm: 2, replaces: [1] },
      { what: 'set', vm: 2 },
    ])
  })
  it('keeps two processes apart that use the same descriptor', async () => {
    const { calls, summary } = await read(`1 1795348284.1 ioctl(3, KVM_CREATE_VM, 0) = 8
1 1795348284.2 ioctl(8, ${set()}) = 0
2 1795348284.3 ioctl(3, KVM_CREATE_VM, 0) = 8
2 1795348284.4 ioctl(8, ${set()}) = 0
1 1795348284.5 ioctl(8, ${set(1)}) = 0
3 1795348284.6 ioctl(8, KVM_CREATE_VCPU, 0) = 9
`)
    expect(calls.filter(call => call.what === 'set').map(call => call.vm)).toEqual([1, 2, 1])
    expect(summary.ambiguous).toBe(1)
  })
  it('lets a process whose threads have all ended make way for the next one', async () => {
    const run = `1 1795348284.1 ioctl(3, KVM_CREATE_VM, 0) = 8
1 1795348284.2 ioctl(8, ${set()}) = 0
1 1795348284.3 +++ exited with 0 +++
`
    const { calls, summary } = await read(run + run)
    expect(calls).toMatchObject([
      { vm: 1 },
      { vm: 1 },
      { what: 'vm-begins', vm: 2, replaces: [1] },
      { vm: 2 },
    ])
    expect(summary.ambiguous).toBe(0)
  })
  it('gives a call recorded with its duration an end', async () => {
    const { calls } = await read(`1 1795348284.5 ioctl(8, ${set()}) = 0 <0.250000>\n`)
    expect(calls.at(-1)).toMatchObject({ from: 1795348284.5, to: 1795348284.75 })
  })
  it('says that a failed creation makes no VM', async () => {
    const { calls } =
      await read(`1 1795348284.1 ioctl(3, KVM_CREATE_VM, 0) = -1 ENOMEM (Cannot allocate memory)
1 1795348284.2 ioctl(8, ${set()}) = -1 EINVAL (Invalid argument)
`)
    expect(calls).toMatchObject([
      { what: 'other', name: 'KVM_CREATE_VM' },
      { what: 'vm-begins', how: 'met' },
      { what: 'set', outcome: { is: 'error', errno: 'EINVAL' } },
    ])
  })
})
