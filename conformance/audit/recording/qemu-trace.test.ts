import { describe, expect, it } from 'vitest'
import { createQemuTraceReader } from './qemu-trace.js'

const read = (...lines: string[]) => {
  const reader = createQemuTraceReader()
  return { calls: lines.flatMap((text, i) => reader.read(text, i + 1)), tally: reader.tally }
}
const at = '23396@1795348916.607693:'
const fields = 'flags=0x2 gpa=0xc0000 size=0x20000 ua=0x7f82b6c00000'

describe("QEMU's trace log", () => {
  it('stamps a call when it has returned, so that its beginning is unknown', () => {
    const { calls } = read(`${at}kvm_set_user_memory Slot#2 ${fields} ret=0`)
    expect(calls).toMatchObject([
      { what: 'vm-begins', how: 'met', fd: null },
      {
        what: 'set',
        tid: 23396,
        from: null,
        to: 1795348916.607693,
        region: { as: 0, id: 2, flags: 2, gpa: 0xc0000n, size: 0x20000n, hva: 0x7f82b6c00000n },
        outcome: { is: 'value', value: 0 },
      },
    ])
  })
  it('packs the address space into the slot up to 7.2, names it from 8.0, and later adds guest_memfd', () => {
    const slots = [
      `Slot#65538 ${fields} ret=0`,
      `AddrSpace#1 Slot#2 ${fields} ret=0`,
      `AddrSpace#1 Slot#2 ${fields} guest_memfd=-1 guest_memfd_offset=0x0 ret=0`,
    ].map(text => read(`${at}kvm_set_user_memory ${text}`).calls[1])
    for (const call of slots) expect(call).toMatchObject({ what: 'set', region: { as: 1, id: 2 } })
  })
  it('gives errors as negative numbers', () => {
    const { calls } = read(`${at}kvm_set_user_memory Slot#2 ${fields} ret=-17`)
    expect(calls[1]).toMatchObject({ outcome: { is: 'error', errno: 'EEXIST' } })
  })
  it('tells of the end of KVM_RUN only', () => {
    expect(read(`${at}kvm_run_exit cpu_index 0, reason 2`).calls[1]).toMatchObject({
      what: 'run',
      from: null,
    })
  })
  it('says of KVM_CLEAR_DIRTY_LOG which slot it was about, but not how it ended', () => {
    const { calls } = read(`${at}kvm_clear_dirty_log slot#65540 start 0x40 size 0x1000`)
    expect(calls[1]).toMatchObject({
      what: 'clear-dirty',
      slot: { as: 1, id: 4 },
      outcome: { is: 'unknown' },
    })
  })
  it('may lack stamps', () => {
    expect(read(`kvm_set_user_memory Slot#2 ${fields} ret=0`).calls[1]).toMatchObject({ tid: null, to: null })
  })
  it('counts other events, and lines that are no events', () => {
    const { tally } = read(
      `${at}memory_region_ops_read cpu 0`,
      'VNC server running',
      `${at}kvm_set_user_memory Slot#2 ${fields}`,
    )
    expect(tally).toMatchObject({ otherLines: 1, unknownLines: 2, firstUnknown: [2, 3], memslotCalls: 0 })
  })
})
