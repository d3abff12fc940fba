import { describe, expect, it } from 'vitest'
import { renderAudit } from '../reports/audit/text/render-audit.js'
import { auditLines, linesOf, recordingsThere } from './audit-text.js'

const at = (seconds: number) => (1_795_348_284 + seconds).toFixed(6)
const set = (seconds: number, slot: number, gpa: number, size: number) =>
  `1 ${at(seconds)} ioctl(8, KVM_SET_USER_MEMORY_REGION, {slot=${slot}, flags=0, guest_phys_addr=${gpa}, memory_size=${size}, userspace_addr=0x7f0000000000}) = 0`
const pointer = (seconds: number, result = '0') =>
  `1 ${at(seconds)} ioctl(8, KVM_SET_USER_MEMORY_REGION, 0x7ffd00001000) = ${result}`
const enters = (seconds: number) => `2 ${at(seconds)} ioctl(9, KVM_RUN, 0 <unfinished ...>`
const leaves = (seconds: number) => `2 ${at(seconds)} <... ioctl resumed>) = 0`
const begin = [
  `1 ${at(0)} ioctl(3, KVM_CREATE_VM, 0) = 8`,
  `1 ${at(0)} ioctl(8, KVM_CREATE_VCPU, 0) = 9`,
  set(0.1, 0, 0, 4096),
  set(0.2, 1, 4096, 4096),
  enters(1),
  leaves(1.1),
]

describe('a memslot call of which only a pointer was recorded', () => {
  it('may have mapped what was unmapped before: that it was plugged again much later is open', async () => {
    const report = await auditLines([
      ...begin,
      enters(2),
      set(3, 0, 0, 0),
      pointer(3.001),
      pointer(3.002),
      set(33, 0, 0, 4096),
      leaves(34),
    ])
    expect(report.replugged).toEqual([])
    expect(report.undecided).toMatchObject([
      { gpa: '0x0', fromLine: 8, toLine: 11, because: expect.stringMatching(/could not be read/) },
    ])
    expect(report.verdict.is).toBe('cannot tell')
    expect(renderAudit(report, { color: false, width: 300 })).not.toMatch(/later: no window/)
  })
  it('leaves it open too where the update goes on, and in every address space', async () => {
    const smm = set(0.3, 0x10000, 0, 4096)
    const report = await auditLines([
      ...begin.slice(0, 4),
      smm,
      ...begin.slice(4),
      enters(2),
      set(3, 0x10000, 0, 0),
      pointer(3.001),
      set(3.002, 0x10000, 0, 4096),
      leaves(34),
    ])
    expect(report.totals).toMatchObject({ windowsMet: 0, undecided: 1 })
    expect(report.undecided).toMatchObject([{ as: 1 }])
  })
  it('and that failed changed nothing', async () => {
    const report = await auditLines([
      ...begin,
      enters(2),
      set(3, 0, 0, 0),
      pointer(3.001, '-1 EINVAL (Invalid argument)'),
      set(33, 0, 0, 4096),
      leaves(34),
    ])
    expect(report).toMatchObject({ undecided: [], replugged: [{ gpa: '0x0' }] })
  })
  it('leaves nothing open while no vCPU was inside', async () => {
    const report = await auditLines([
      ...begin,
      set(3, 0, 0, 0),
      pointer(3.001),
      set(33, 0, 0, 4096),
      enters(34),
      leaves(35),
    ])
    expect(report).toMatchObject({ undecided: [], totals: { windowsMet: 0 } })
  })
})

describe.skipIf(!recordingsThere)('a recording in which one memslot line is damaged', () => {
  it('never says of what came back that it was plugged again, or that no vCPU met it', async () => {
    const lines = linesOf('virtio-mem-grow-shrink-grow.qemu-10.0.strace')
    const sets = lines.flatMap((line, i) => (line.includes('USER_MEMORY_REGION') ? [i] : []))
    const unplug = sets.findIndex(i => i >= 431)
    const damaged = lines.with(sets[unplug + 1] ?? 0, (lines[sets[unplug + 1] ?? 0] ?? '').slice(0, 90))
    const report = await auditLines(damaged)
    expect(report.verdict.is).toBe('cannot tell')
    expect(report.replugged).toEqual([])
  })
})
