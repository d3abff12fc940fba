import { describe, expect, it } from 'vitest'
import type { AuditReport } from '../reports/audit/codec.js'
import { auditLines, linesOf, recordingsThere } from './audit-text.js'

const VM = '9<anon_inode:kvm-vm>'
const vcpu = (fd: number, number: number) => `${fd}<anon_inode:kvm-vcpu:${number}>`
const set = (fd: string, size: number, slot = 0) =>
  `ioctl(${fd}, KVM_SET_USER_MEMORY_REGION, {slot=${slot}, flags=0, guest_phys_addr=0, memory_size=${size}, userspace_addr=0x7f0000000000}) = 0`
const run = (fd: string) => `ioctl(${fd}, KVM_RUN, 0) = 0`
const enters = (fd: string) => `ioctl(${fd}, KVM_RUN <unfinished ...>`
const LEAVES = '<... ioctl resumed>, 0) = 0'

/** Lines a millisecond after each other. */
const recording = (...calls: (readonly [tid: number, call: string])[]): string[] =>
  calls.map(([tid, call], i) => `${tid} ${(1_795_348_284 + i / 1000).toFixed(6)} ${call}`)

const runnersOf = (report: AuditReport) =>
  report.updates.flatMap(({ windows }) => windows.map(({ running, unknown }) => running ?? unknown?.because))
const NOT_RECORDED = expect.stringMatching(/not recorded whose vCPU/)

const window = [
  [100, set(VM, 4096)],
  [100, run(vcpu(10, 7))],
  [100, set(VM, 0)],
  [100, set(VM, 4096)],
  [100, run(vcpu(10, 7))],
] as const

describe('a recording whose beginning is cut off, of one process with two VMs', () => {
  it('has two, where two descriptors are vCPUs of one number', async () => {
    const report = await auditLines(
      recording([201, run(vcpu(21, 0))], [101, enters(vcpu(11, 0))], ...window, [101, LEAVES]),
    )
    expect(report.vms).toHaveLength(2)
    expect(runnersOf(report)).toEqual([NOT_RECORDED])
    expect(report.verdict.is).toBe('cannot tell')
  })
  it('has two also where that shows after the window', async () => {
    const report = await auditLines(
      recording(
        [101, enters(vcpu(11, 0))],
        ...window,
        [101, LEAVES],
        [101, run(vcpu(11, 0))],
        [201, run(vcpu(21, 0))],
      ),
    )
    expect(report.vms).toHaveLength(2)
    expect(runnersOf(report)).toEqual([NOT_RECORDED])
  })
  it('has two, and not three, where the other one’s descriptor shows as well', async () => {
    const report = await auditLines(
      recording(
        [101, enters(vcpu(11, 0))],
        [201, run(vcpu(21, 0))],
        ...window,
        [200, set('20<anon_inode:kvm-vm>', 4096, 3)],
        [101, LEAVES],
      ),
    )
    expect(report.vms).toHaveLength(2)
    expect(runnersOf(report)).toEqual([NOT_RECORDED])
  })
  it.each([
    ['KVM_IRQ_LINE_STATUS', '0x7ffc'],
    ['KVM_IRQ_LINE', '0x7ffc'],
    ['KVM_SET_GSI_ROUTING', '0x7ffc'],
    ['KVM_IRQFD', '0x7ffc'],
    ['KVM_IOEVENTFD', '0x7ffc'],
    ['KVM_GET_CLOCK', '0x7ffc'],
    ['KVM_SIGNAL_MSI', '0x7ffc'],
    ['KVM_REGISTER_COALESCED_MMIO', '0x7ffc'],
    ['0xc008ae67', '0x7ffc'],
    ['0x4008ae61', '0x7ffc'],
  ])('has two, where a second descriptor takes %s', async (name, argument) => {
    for (const at of [0, 7])
      expect(
        runnersOf(
          await auditLines(
            recording(
              ...(
                [
                  [101, enters('11')],
                  [100, set('9', 4096)],
                  [100, run('10')],
                  [100, set('9', 0)],
                  [100, set('9', 4096)],
                  [100, run('10')],
                  [101, LEAVES],
                ] as (readonly [number, string])[]
              ).toSpliced(at, 0, [100, `ioctl(20, ${name}, ${argument}) = 0`]),
            ),
          ),
        ),
      ).toEqual([NOT_RECORDED])
  })
  it('has one, where the call on the other descriptor fails: that is no VM', async () => {
    const report = await auditLines(
      recording(
        [101, enters('11')],
        [100, 'ioctl(20, KVM_GET_CLOCK, 0x7ffc) = -1 ENOTTY (Inappropriate ioctl for device)'],
        [100, set('9', 4096)],
        [100, run('10')],
        [100, set('9', 0)],
        [100, set('9', 4096)],
        [100, run('10')],
        [101, LEAVES],
      ),
    )
    expect(report.vms).toHaveLength(1)
    expect(runnersOf(report)).toEqual([[101]])
  })
  it('does not take a vCPU that was not made in it for one of the VM that was', async () => {
    const report = await auditLines(
      recording(
        [100, 'ioctl(3, KVM_CREATE_VM, 0) = 9'],
        [101, 'ioctl(9, KVM_CREATE_VCPU, 0) = 10'],
        [100, set('9', 4096)],
        [101, run('10')],
        [201, enters('21')],
        [100, set('9', 0)],
        [100, set('9', 4096)],
        [201, LEAVES],
      ),
    )
    expect(runnersOf(report)).toEqual([NOT_RECORDED])
  })
  it('has one, where one descriptor is named with another number or the same one again', async () => {
    const report = await auditLines(
      recording([101, run(vcpu(11, 0))], [102, run(vcpu(12, 1))], [101, enters(vcpu(11, 0))], ...window, [
        101,
        LEAVES,
      ]),
    )
    expect(report.vms).toHaveLength(1)
    expect(runnersOf(report)).toEqual([[101]])
  })
})

describe.skipIf(!recordingsThere)('a boot whose beginning is cut off', () => {
  it('of two processes, one after the other or interleaved, never tells who was inside by the other', async () => {
    const cut = linesOf('q35.strace').slice(600)
    // The other process: other threads, the same descriptors but for its vCPU's.
    const other = cut.map(line => line.replace(/^(\d+)/, (_, tid: string) => `${Number(tid) + 1000}`))
    const both = cut.flatMap((line, i) => [line, other[i] as string])
    const report = await auditLines(both)
    expect(report.totals.windowsMet).toBe(0)
    expect(report.verdict.is).toBe('cannot tell')
  })
})
