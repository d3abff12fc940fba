import { describe, expect, it } from 'vitest'
import type { RecordedCall } from '../record.js'
import { createQemuReader } from './reader.js'

const read = (...lines: string[]) => {
  const calls: RecordedCall[] = []
  const reader = createQemuReader(call => calls.push(call))
  const is = lines.map((text, i) => reader.read(text, i + 1))
  reader.end(lines.length)
  return { calls, is, tally: reader.tally }
}
const at = (tid: number, seconds = 607693) => `${tid}@1795348916.${seconds}:`
const fields = 'flags=0x2 gpa=0xc0000 size=0x20000 ua=0x7f82b6c00000'
const region = { flags: 2, gpa: 0xc0000n, size: 0x20000n, hva: 0x7f82b6c00000n }

describe('a QEMU trace without ioctls', () => {
  it('stamps a call when it has returned, so that its beginning is unknown', () => {
    const { calls, tally } = read(`${at(23396)}kvm_set_user_memory Slot#2 ${fields} ret=0`)
    expect(calls).toMatchObject([
      { kind: 'vm-begins', how: 'met', fd: null },
      {
        kind: 'set',
        tid: 23396,
        from: null,
        to: 1795348916.607693,
        region: { as: 0, id: 2, ...region },
        outcome: { is: 'value', value: 0 },
      },
    ])
    expect(tally.stamps).toBe('end')
  })
  it.each([
    ['one word for space and slot, up to 7.2', `Slot#65538 ${fields} ret=0`],
    ['two from 8.0', `AddrSpace#1 Slot#2 ${fields} ret=0`],
    ['guest_memfd before ret', `AddrSpace#1 Slot#2 ${fields} guest_memfd=-1 guest_memfd_offset=0x0 ret=0`],
    ['restricted_fd after ret', `AddrSpace#1 Slot#2 ${fields} ret=0 restricted_fd=19 restricted_offset=0x0`],
  ])('is read as every version writes it: %s', (_, text) => {
    expect(read(`${at(1)}kvm_set_user_memory ${text}`).calls[1]).toMatchObject({
      region: { as: 1, id: 2, ...region },
    })
  })
  it('gives errors as negative numbers', () => {
    const { calls } = read(`${at(1)}kvm_set_user_memory Slot#2 ${fields} ret=-17`)
    expect(calls[1]).toMatchObject({ outcome: { is: 'error', errno: 'EEXIST' } })
  })
  it('tells of the end of KVM_RUN only', () => {
    const { calls, tally } = read(`${at(1)}kvm_run_exit cpu_index 0, reason 2`)
    expect(calls[1]).toMatchObject({ kind: 'run', from: null, end: 'line' })
    expect(tally.entries).toBe(false)
  })
  it('may come without stamps, by simpletrace.py, or with ISO times', () => {
    expect(read(`kvm_set_user_memory Slot#2 ${fields} ret=0`).calls[1]).toMatchObject({ tid: null, to: null })
    const simple =
      'kvm_set_user_memory 12.500 pid=77 slot=0x10002 flags=0x2 guest_phys_addr=0xc0000 memory_size=0x20000 userspace_addr=0x7f82b6c00000 ret=0xffffffef'
    expect(read(simple).calls[1]).toMatchObject({
      tid: 77,
      to: 12.5e-6,
      region: { as: 1, id: 2, ...region },
      outcome: { errno: 'EEXIST' },
    })
    for (const who of ['', 'guest-1 ', 'qemu-system-x86_64: ', 'guest-1 qemu-system-x86_64(main): '])
      expect(
        read(`2026-11-28T18:48:07.250000Z ${who}kvm_set_user_memory Slot#2 ${fields} ret=0`).calls[1],
      ).toMatchObject({
        tid: null,
        to: Date.UTC(2026, 10, 28, 18, 48, 7) / 1000 + 0.25,
      })
  })
  it('counts other events, and does not read lines that are no events or half of one', () => {
    const { is, tally } = read(
      `${at(1)}memory_region_ops_read cpu 0`,
      'VNC server running',
      `${at(1)}kvm_set_user_memory Slot#2 ${fields}`,
    )
    expect(is).toEqual(['whole', 'unknown', 'beginning'])
    expect(tally).toMatchObject({ otherLines: 1, memslotCalls: 0 })
  })
})

describe('a QEMU trace with ioctls', () => {
  const set = '0x4020ae46, arg 0x7ffc'
  it('says when a call began, and which vCPU entered KVM_RUN and left it', () => {
    const { calls } = read(
      `${at(500, 100000)}kvm_ioctl type 0xae01, arg (nil)`,
      `${at(501, 200000)}kvm_vcpu_ioctl cpu_index 1, type 0xae80, arg (nil)`,
      `${at(500, 300000)}kvm_vm_ioctl type ${set}`,
      `${at(500, 400000)}kvm_set_user_memory Slot#2 ${fields} ret=0`,
      `${at(501, 500000)}kvm_run_exit cpu_index 1, reason 6`,
    )
    expect(calls).toMatchObject([
      { kind: 'vm-begins', how: 'created' },
      { kind: 'begins', call: 'run', tid: 501 },
      { kind: 'begins', call: 'set', tid: 500 },
      { kind: 'set', line: 3, endLine: 4, from: 1795348916.3, to: 1795348916.4 },
      { kind: 'run', line: 2, endLine: 5, end: 'line', exit: 'mmio', vcpu: 1 },
    ])
  })
  it('does not say when KVM_RUN returned with an error: by the thread’s next line at the latest', () => {
    const { calls } = read(
      `${at(501, 100000)}kvm_vcpu_ioctl cpu_index 0, type 0xae80, arg (nil)`,
      `${at(501, 900000)}kvm_vcpu_ioctl cpu_index 0, type 0xae80, arg (nil)`,
    )
    expect(calls.filter(({ kind }) => kind === 'run')).toMatchObject([
      { line: 1, endLine: 2, end: 'next line' },
      { line: 2, end: 'unknown' },
    ])
  })
  it('says that KVM_RUN returned with an error from 8.2 on', () => {
    const { calls } = read(
      `${at(501, 100000)}kvm_vcpu_ioctl cpu_index 0, type 0xae80, arg (nil)`,
      `${at(501, 900000)}kvm_io_window_exit `,
    )
    expect(calls.at(-1)).toMatchObject({ kind: 'run', line: 1, endLine: 2, end: 'line', exit: null })
  })
  it('shows the delete that QEMU makes before a change of READONLY by its ioctl', () => {
    const { calls } = read(
      `${at(500, 100000)}kvm_vm_ioctl type ${set}`,
      `${at(500, 200000)}kvm_vm_ioctl type ${set}`,
      `${at(500, 300000)}kvm_set_user_memory Slot#2 ${fields} ret=0`,
    )
    expect(calls.at(-1)).toMatchObject({ kind: 'set', line: 2, hidden: { line: 1, at: 1795348916.1 } })
  })
})

describe('a QEMU trace of two machines', () => {
  it('says who created which, and not whose vCPU a third thread runs', () => {
    const { calls, tally } = read(
      `${at(500, 100000)}kvm_ioctl type 0xae01, arg (nil)`,
      `${at(600, 200000)}kvm_ioctl type 0xae01, arg (nil)`,
      `${at(501, 300000)}kvm_vcpu_ioctl cpu_index 0, type 0xae80, arg (nil)`,
      `${at(501, 400000)}kvm_run_exit cpu_index 0, reason 2`,
      `${at(500, 500000)}kvm_set_user_memory Slot#2 ${fields} ret=0`,
    )
    expect(calls.find(({ kind }) => kind === 'run')).toMatchObject({ vm: null })
    expect(calls.find(({ kind }) => kind === 'set')).toMatchObject({ vm: 1 })
    expect(tally.ambiguous).toBe(1)
  })
})

describe('QEMU’s own error line', () => {
  const said =
    'kvm_set_user_memory_region: KVM_SET_USER_MEMORY_REGION failed, slot=65537, start=0x1000, size=0x2000: File exists'
  it.each([`qemu-system-x86_64: ${said}`, `2023-03-14T10:09:17.674114Z qemu-system-x86_64: ${said}`])(
    'is read: %s',
    line => {
      expect(read(line).calls.at(-1)).toMatchObject({
        kind: 'failed',
        slot: { as: 1, id: 1 },
        gpa: 0x1000n,
        size: 0x2000n,
        errno: 'EEXIST',
      })
    },
  )
  it('of the second ioctl has flags and guest_memfd', () => {
    const line = said
      .replace('REGION failed', 'REGION2 failed')
      .replace(': File exists', ', flags=0x4, guest_memfd=-1, guest_memfd_offset=0x0: Invalid argument')
    expect(read(line).calls.at(-1)).toMatchObject({ errno: 'EINVAL', size: 0x2000n })
  })
  it('says nothing new where the calls are traced as well', () => {
    const { calls } = read(`${at(1)}kvm_set_user_memory Slot#1 ${fields} ret=-17`, `qemu: ${said}`)
    expect(calls.some(({ kind }) => kind === 'failed')).toBe(false)
  })
})
