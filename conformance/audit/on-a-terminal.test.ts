import { describe, expect, it } from 'vitest'
import { auditLines } from './audit-text.js'

// What `strace -f` writes to a terminal: no thread is named while there is one, and what strace says stands between.
const FLAGS = 'CLONE_VM|CLONE_FS|CLONE_FILES|CLONE_SIGHAND|CLONE_THREAD'
const stamp = (ms: number) => `07:18:${(4 + ms / 1000).toFixed(6).padStart(9, '0')}`
const set = (size: number) =>
  `ioctl(4, KVM_SET_USER_MEMORY_REGION, {slot=1, flags=0, guest_phys_addr=0x200000, memory_size=${size}, userspace_addr=0x7f0000000000}) = 0`

const recording = [
  `${stamp(0)} ioctl(3, KVM_CREATE_VM, 0) = 4`,
  `${stamp(1)} ${set(4096)}`,
  `${stamp(2)} ioctl(4, KVM_CREATE_VCPU, 0) = 5`,
  `${stamp(3)} ioctl(4, KVM_CREATE_VCPU, 1) = 6`,
  `${stamp(4)} clone3({flags=${FLAGS}, stack=0x7f00}strace: Process 391 attached`,
  ' => {parent_tid=[391]}, 88) = 391',
  `[pid   391] ${stamp(5)} ioctl(5, KVM_RUN <unfinished ...>`,
  `[pid   389] ${stamp(6)} clone3({flags=${FLAGS}, stack=0x7f80} => {parent_tid=[392]}, 88) = 392`,
  `[pid   389] ${stamp(7)} clock_nanosleep(CLOCK_REALTIME, 0, {tv_sec=0, tv_nsec=200000000}, strace: Process 392 attached`,
  ' <unfinished ...>',
  `[pid   392] ${stamp(8)} ioctl(6, KVM_RUN <unfinished ...>`,
  `[pid   389] ${stamp(208)} <... clock_nanosleep resumed>NULL) = 0`,
  `[pid   389] ${stamp(209)} ${set(0)}`,
  `[pid   389] ${stamp(210)} ${set(4096)}`,
  `[pid   391] ${stamp(300)} <... ioctl resumed>, 0) = -1 EINTR (Interrupted system call)`,
  `[pid   392] ${stamp(301)} <... ioctl resumed>, 0) = -1 EINTR (Interrupted system call)`,
]

describe('a recording written to a terminal', () => {
  it('is of one process, whose first thread gets its name when there is a second', async () => {
    const report = await auditLines(recording)
    expect(report).toMatchObject({ vms: [{ vcpuThreads: [391, 392] }], totals: { windowsMet: 1 } })
    expect(report.updates.flatMap(({ windows }) => windows)).toMatchObject([{ running: [391, 392] }])
  })
  it('has lines that strace’s own words divide', async () => {
    expect((await auditLines(recording)).counted).toMatchObject({ unknownLines: 0, neverEnded: 0 })
  })
  it('is the same where a KVM_RUN is divided so', async () => {
    const divided = recording.flatMap(line =>
      line.endsWith('KVM_RUN <unfinished ...>')
        ? [line.replace(' <unfinished ...>', 'strace: Process 400 attached'), ' <unfinished ...>']
        : [line],
    )
    expect((await auditLines(divided)).totals).toMatchObject({ windowsMet: 1 })
  })
})
