import { describe, expect, it } from 'vitest'
import { auditLines } from './audit-text.js'

const set = (fd: number, size: number, result = '0') =>
  `ioctl(${fd}, KVM_SET_USER_MEMORY_REGION, {slot=0, flags=0, guest_phys_addr=0, memory_size=${size}, userspace_addr=0x7f0000000000}) = ${result}`
/** Lines a millisecond after each other. */
const recording = (...calls: (readonly [tid: number, call: string])[]): string[] =>
  calls.map(([tid, call], i) => `${tid} ${(1_795_348_284 + i / 1000).toFixed(6)} ${call}`)

const inside = [
  [1, 'ioctl(3, KVM_CREATE_VM, 0) = 8'],
  [2, 'ioctl(8, KVM_CREATE_VCPU, 0) = 9'],
  [1, set(8, 4096)],
  [2, 'ioctl(9, KVM_RUN <unfinished ...>'],
] as const
const leaves = [2, '<... ioctl resumed>, 0) = 0'] as const

describe('a second descriptor of a VM', () => {
  it.each([
    'dup(8) = 12',
    'dup(8<anon_inode:kvm-vm>) = 12<anon_inode:kvm-vm>',
    'dup2(8, 12) = 12',
    'dup3(8, 12, O_CLOEXEC) = 12',
    'fcntl(8, F_DUPFD_CLOEXEC, 3) = 12',
  ])('is known by %s', async duplicates => {
    const report = await auditLines(
      recording(...inside, [1, duplicates], [1, set(8, 0)], [1, set(12, 4096)], leaves),
    )
    expect(report).toMatchObject({ verdict: { is: 'affected' }, vms: [{ vm: 1 }] })
  })
  it('that no line makes leaves it open whose it is', async () => {
    const report = await auditLines(recording(...inside, [1, set(8, 0)], [1, set(12, 4096)], leaves))
    expect(report.verdict).toMatchObject({
      is: 'cannot tell',
      because: [expect.stringMatching(/of which it is not recorded whose they are/)],
    })
  })
  it('may be one of something else that has the number', async () => {
    const report = await auditLines(
      recording(...inside, [1, 'dup2(30, 8) = 8'], [1, set(8, 0, '-1 ENOTTY (Inappropriate ioctl)')], leaves),
    )
    expect(report).toMatchObject({ verdict: { is: 'not affected' }, vms: [{ vm: 1 }] })
  })
})

describe('a memslot call on a descriptor of which nothing is known', () => {
  it.each(['EIO (Input/output error)', 'EBADF (Bad file descriptor)', 'ENOTTY (Inappropriate ioctl)'])(
    'that fails with %s shows no VM',
    async error => {
      // As a process gets it to which the VM's descriptor was sent, or that was forked.
      const report = await auditLines(recording(...inside, [7, set(5, 0, `-1 ${error}`)], leaves))
      expect(report).toMatchObject({ verdict: { is: 'not affected' }, vms: [{ vm: 1 }], deviations: [] })
    },
  )
})
