import { describe, expect, it } from 'vitest'
import { auditLines } from './audit-text.js'
import type { AuditOptions } from './options.js'

/** One slot at 2^56, which was made. */
const audit = (options: Partial<AuditOptions>) =>
  auditLines(
    [
      '1 1795348284.000000 ioctl(3, KVM_CREATE_VM, 0) = 8',
      '1 1795348284.001000 ioctl(8, KVM_SET_USER_MEMORY_REGION, {slot=0, flags=0, guest_phys_addr=0x100000000000000, memory_size=1048576, userspace_addr=0x7f0000000000}) = 0',
    ],
    options,
  )

describe('a guest-physical address of 57 bits', () => {
  it('is one that s390x, riscv64 and ppc64 may have', async () => {
    for (const arch of ['s390x', 'riscv64', 'ppc64'] as const)
      expect((await audit({ arch })).totals).toMatchObject({ deviations: 0, explained: 0 })
  })
  it('deviates on x86 and arm64, and where it is more than was said', async () => {
    for (const options of [{ arch: 'x86' }, { arch: 'arm64' }, { arch: 's390x', physBits: 48 }] as const)
      expect((await audit(options)).totals.deviations).toBe(1)
  })
  it('is explained by another architecture where none was said', async () => {
    const report = await audit({})
    expect(report.explained).toMatchObject([{ by: expect.stringMatching(/another architecture/) }])
    expect(report.deviations).toEqual([])
  })
})
