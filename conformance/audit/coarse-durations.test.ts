import { describe, expect, it } from 'vitest'
import { auditLines } from './audit-text.js'

const at = (seconds: number) => (1_795_348_284 + seconds).toFixed(6)
const set = (seconds: number, size: number, took: string) =>
  `1 ${at(seconds)} ioctl(8, KVM_SET_USER_MEMORY_REGION, {slot=0, flags=0, guest_phys_addr=0, memory_size=${size}, userspace_addr=0x7f0000000000}) = 0 <${took}>`
const run = (seconds: number, took: string) => `2 ${at(seconds)} ioctl(9, KVM_RUN, 0) = 0 <${took}>`
/** As strace -ff and a merge by time leave it: every call in one line. A KVM_RUN begins so long before the window. */
const merged = (before: number, took: string) => [
  `1 ${at(0)} ioctl(3, KVM_CREATE_VM, 0) = 8 <${took}>`,
  `1 ${at(0.1)} ioctl(8, KVM_CREATE_VCPU, 0) = 9 <${took}>`,
  set(0.2, 4096, took),
  run(1, took),
  run(9 - before, took),
  set(9, 0, took),
  set(9.0001, 4096, took),
  `2 ${at(10)} ioctl(9, KVM_RUN, 0) = -1 EINTR (Interrupted system call) <${took}>`,
]
const verdict = async (before: number, took: string) => (await auditLines(merged(before, took))).verdict.is

describe('a KVM_RUN whose duration is cut to', () => {
  it('milliseconds may have lasted one longer', async () => {
    expect(await verdict(0.0005, '0.000')).toBe('cannot tell')
    expect(await verdict(0.0015, '0.000')).toBe('not affected')
  })
  it('seconds may have lasted one longer', async () => {
    expect(await verdict(0.5, '0')).toBe('cannot tell')
  })
  it('microseconds may not have lasted half a millisecond longer', async () => {
    expect(await verdict(0.0005, '0.000017')).toBe('not affected')
  })
})
