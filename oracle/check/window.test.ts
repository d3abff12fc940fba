import { describe, expect, it } from 'vitest'
import { deleteOf, setOf } from '../../spec/generate/index.js'
import { hvaPage, u64 } from '../../spec/terms/numbers.js'
import type { By, Operation, SetCall } from '../../spec/terms/operation.js'
import { entryBytes } from '../../spec/terms/paging/entry.js'
import type { Seen } from '../../spec/terms/result.js'
import { begins, ends, judged, whole } from '../generate/records.js'
import type { Config } from '../wire/config.js'
import type { TraceRecord } from '../wire/record.js'

/*
 * Sources: real-kvm.md, The race and INVALID on three kernels (MOVE over its own range: no access through NPT sees a
 * hole, KVM's emulator does); semantics.md, What INVALID does; Linux's own selftest set_memory_region_test, whose guest
 * takes either the old value or MMIO while the host moves the slot that it reads.
 */

const OK: Seen = { is: 'ok' }
const DATA: Seen = { is: 'access', end: 'data' }
const MMIO: Seen = { is: 'access', end: 'mmio' }
const byte = (data: string): Seen => ({ is: 'access', end: 'data', data })
const LINUX: Config = { profile: 'linux' }

/** Slot 1 over frames 4 to 7 at host pages 0x10 to 0x13, each with its number in its first byte; slot 2 elsewhere. */
const SLOT = setOf([1, 4, 4, 0x10, 'L'])
const pokes = [0x10, 0x11, 0x12, 0x13].flatMap((page, i) =>
  whole(80 + i, { op: 'poke', hva: u64(page * 4096), data: `a${i}` }, OK),
)
const START: readonly TraceRecord[] = [
  ...whole(90, SLOT, OK),
  ...whole(91, setOf([2, 0x40, 1, 0x20]), OK),
  ...[0, 1].flatMap(vcpu => whole(92 + vcpu, { op: 'create-vcpu', vcpu }, OK)),
  ...pokes,
]
/** One page up, over its own range: frame 5 is mapped before and after, at other host pages. */
const MOVE = setOf([1, 5, 4, 0x10, 'L'])
const FAILED: SetCall = { ...MOVE, allocation: 'late' }

type Frame = { readonly gfn: number; readonly by?: By; readonly vcpu?: number }
const read = ({ gfn, by, vcpu = 0 }: Frame): Operation => ({
  ...{ op: 'read', vcpu, gfn, offset: 0, size: 1 },
  ...(by === undefined ? {} : { by }),
})
const write = ({ gfn, by, vcpu = 0 }: Frame): Operation => ({
  ...{ op: 'write', vcpu, gfn, offset: 0, data: 'ff' },
  ...(by === undefined ? {} : { by }),
})

/** An access that begins before a change, and ends before the change returns. */
const during = (change: SetCall, access: Operation, seen: Seen, returned: Seen = OK, config = LINUX) =>
  judged(config, START, begins(1, change, 9), begins(2, access), ends(2, seen), ends(1, returned)).is

describe('an access by another thread than the one that moves a slot over its own range', () => {
  it('by the emulator may find the old page, the new one, or a hole', () => {
    const at5 = read({ gfn: 5, by: 'emulator' })
    expect([byte('a1'), byte('a0'), MMIO].map(seen => during(MOVE, at5, seen))).toEqual(
      Array(3).fill('conforms'),
    )
    expect(during(MOVE, at5, byte('a2'))).toBe('deviates')
  })

  it('by the processor may find the old page or the new one, and no hole', () => {
    const at5 = read({ gfn: 5, by: 'hardware' })
    expect([byte('a1'), byte('a0')].map(seen => during(MOVE, at5, seen))).toEqual(['conforms', 'conforms'])
    expect(during(MOVE, at5, MMIO)).toBe('deviates')
  })

  it('may do what either does where it is not told whose it is, as the kernel’s selftest has it', () => {
    const found = [byte('a1'), byte('a0'), MMIO].map(seen => during(MOVE, read({ gfn: 5 }), seen))
    expect(found).toEqual(Array(3).fill('conforms'))
  })

  it('finds no hole once the call has returned, nor before it began', () => {
    const at5 = read({ gfn: 5, by: 'emulator' })
    expect(judged(LINUX, START, begins(1, MOVE, 9), ends(1, OK), whole(2, at5, MMIO)).is).toBe('deviates')
    expect(judged(LINUX, START, whole(2, at5, MMIO), whole(1, MOVE, OK)).is).toBe('deviates')
  })

  it('that finds a hole is followed by none that finds the old page by the emulator', () => {
    const at5 = read({ gfn: 5, by: 'emulator' })
    const seen = (then: Seen) =>
      judged(LINUX, START, begins(1, MOVE, 9), whole(2, at5, MMIO), whole(3, at5, then), ends(1, OK)).is
    expect([MMIO, byte('a0'), byte('a1')].map(seen)).toEqual(['conforms', 'conforms', 'deviates'])
  })

  it('and that is served by the processor’s cache may come after one that found a hole', () => {
    const hole = whole(2, read({ gfn: 5, by: 'emulator' }), MMIO)
    const cached = whole(3, read({ gfn: 5, by: 'hardware', vcpu: 1 }), byte('a1'))
    expect(judged(LINUX, START, begins(1, MOVE, 9), hole, cached, ends(1, OK)).is).toBe('conforms')
  })

  it('that writes into the hole leaves memory and log as they were', () => {
    const lost = whole(2, write({ gfn: 5, by: 'emulator' }), MMIO)
    const after = [begins(1, MOVE, 9), ...lost, ends(1, OK)]
    expect(judged(LINUX, START, after, whole(3, read({ gfn: 6 }), byte('a1'))).is).toBe('conforms')
    const log = whole(3, { op: 'get-dirty', as: 0, id: 1 }, { is: 'ok', bits: [] })
    expect(judged(LINUX, START, after, log).is).toBe('conforms')
  })

  it('to another slot is not concerned', () => {
    const other = read({ gfn: 0x40, by: 'emulator' })
    expect([during(MOVE, other, byte('00')), during(MOVE, other, MMIO)]).toEqual(['conforms', 'deviates'])
  })

  it('of the kernel is EFAULT in the window', () => {
    const kernel: Operation = { op: 'kernel-access', gfn: 5, offset: 0, size: 1 }
    const efault: Seen = { is: 'access', end: 'fault', errno: 'EFAULT' }
    expect([during(MOVE, kernel, efault), during(MOVE, kernel, byte('a1'))]).toEqual(['conforms', 'conforms'])
  })
})

describe('an access by another thread', () => {
  const at5 = read({ gfn: 5, by: 'emulator' })
  const none: Seen = { is: 'error', errno: 'ENOMEM' }

  it('may find a hole while a MOVE fails, and finds the old page afterwards', () => {
    expect([MMIO, byte('a1'), byte('a0')].map(seen => during(FAILED, at5, seen, none))).toEqual([
      'conforms',
      'conforms',
      'deviates',
    ])
    const after = [begins(1, FAILED, 9), ...whole(2, at5, MMIO), ends(1, none)]
    expect(judged(LINUX, START, after, whole(3, at5, byte('a1'))).is).toBe('conforms')
    expect(during(FAILED, read({ gfn: 5, by: 'hardware' }), MMIO, none)).toBe('deviates')
  })

  it('finds no hole while a change of one swap is made, nor in profile batch', () => {
    expect(during(setOf([1, 4, 4, 0x10]), at5, MMIO)).toBe('deviates')
    expect(during(MOVE, at5, MMIO, OK, { profile: 'batch' })).toBe('deviates')
  })

  it.each(['emulator', 'hardware'] as const)('by %s may fall into the gap between delete and create', by => {
    const gap = (seen: Seen) =>
      judged(
        LINUX,
        START,
        begins(2, read({ gfn: 5, by })),
        whole(1, deleteOf(1), OK),
        whole(3, SLOT, OK),
        ends(2, seen),
      ).is
    expect([byte('a1'), MMIO].map(gap)).toEqual(['conforms', 'conforms'])
  })

  it('meets one window at a time: the calls of two threads are made one after the other', () => {
    const two = [
      ...[begins(1, MOVE, 8), begins(2, setOf([2, 0x41, 1, 0x20]), 9)],
      ...whole(3, read({ gfn: 5, by: 'emulator' }), MMIO), // 1 is in its window
      ...whole(4, read({ gfn: 0x40, by: 'emulator' }), byte('00')), // 2 has still to come
      ...whole(5, read({ gfn: 0x41, by: 'emulator' }), byte('00')), // 2 is over, so 1 was before
      ...whole(6, read({ gfn: 5, by: 'emulator', vcpu: 1 }), MMIO),
    ]
    expect(judged(LINUX, START, two, ends(2, OK), ends(1, OK)).deviations.map(d => d.n)).toEqual([6])
  })

  it('finds no hole after a harvest that waited for the window to close', () => {
    const get: Operation = { op: 'get-dirty', as: 0, id: 1 }
    const trace = (bits: Seen) =>
      judged(
        LINUX,
        START,
        whole(6, write({ gfn: 5 }), DATA),
        begins(1, MOVE, 9),
        whole(2, at5, MMIO),
        whole(3, get, bits),
        whole(4, at5, MMIO),
        ends(1, OK),
      ).deviations.map(d => d.n)
    expect(trace({ is: 'ok', bits: [[1, 1]] })).toEqual([4]) // the harvest says that the window is shut
  })
})

describe('the creation of a vCPU', () => {
  it('waits for the window to close only where KVM looks for slots of its own then', () => {
    const hole = (n: number) => whole(n, read({ gfn: 5, by: 'emulator' }), MMIO)
    const made = whole(3, { op: 'create-vcpu', vcpu: 7 }, OK)
    const trace = [begins(1, MOVE, 9), ...hole(2), ...made, ...hole(4), ends(1, OK)]
    expect(judged(LINUX, START, trace).is).toBe('conforms')
    const { is, deviations } = judged({ ...LINUX, ownSlots: ['apic-page'] }, START, trace)
    expect([is, deviations.map(d => d.n)]).toEqual(['deviates', [4]]) // the vCPU says that the window is shut
  })
})

describe('an access by linear address during which another thread changes slots', () => {
  /** 32-bit paging: directory in frame 0x42, table in frame 5 (slot 1), page in frame 0x40. */
  const registers: Operation = {
    ...{ op: 'registers', vcpu: 0, cr0: u64(0x8001_0001), cr3: u64(0x42000), cr4: u64(0), efer: u64(0) },
    ...{ rflags: u64(2), cpl: 0, cs: { base: u64(0), limit: 0xffff_ffff, d: true, l: false } },
  }
  const put = (n: number, page: number, frame: number) =>
    whole(
      n,
      { op: 'poke', hva: u64(hvaPage(page) * 4096), data: entryBytes(BigInt(frame * 4096 + 0x67), 4) },
      OK,
    )
  const paged = [
    ...START,
    ...whole(95, setOf([3, 0x42, 1, 0x30]), OK),
    ...[...put(96, 0x30, 5), ...put(97, 0x11, 0x40), ...put(98, 0x10, 0x40)],
    ...whole(99, registers, OK),
  ]
  const both = (access: Operation, seen: Seen, change: SetCall = MOVE) => {
    const two = judged(LINUX, paged, begins(1, change, 9), begins(2, access), ends(2, seen), ends(1, OK))
    const between = [0, 1, 2, 3].map(
      after =>
        judged(
          LINUX,
          paged,
          whole(2, { ...access, between: { after, operation: change } } as Operation, seen),
        ).is,
    )
    return [two.is, between.includes('conforms') ? 'conforms' : 'deviates']
  }
  const fault: Seen = {
    ...{ is: 'access', end: 'fault' },
    exception: { vector: '#PF', error: 0, cr2: u64(8) },
  }
  const fetch = (by: By): Operation => ({
    ...{ op: 'fetch-instruction', vcpu: 0, rip: u64(8), length: 1 },
    by,
  })
  const reading: Operation = { op: 'read-virtual', vcpu: 0, gva: u64(8), size: 1 }
  const writing: Operation = { op: 'write-virtual', vcpu: 0, gva: u64(8), data: 'ff' }

  it('conforms as two threads where it conforms with the change in its middle, and the same for refusals', () => {
    expect(both(fetch('emulator'), fault)).toEqual(['conforms', 'conforms']) // the table is INVALID
    expect(both(fetch('hardware'), fault)).toEqual(['deviates', 'deviates']) // it retries
    expect(both(fetch('hardware'), byte('00'))).toEqual(['conforms', 'conforms'])
    expect(both(reading, fault)).toEqual(['conforms', 'conforms'])
    expect(both(reading, byte('00'))).toEqual(['conforms', 'conforms'])
    expect(both(reading, MMIO)).toEqual(['deviates', 'deviates']) // its page is not concerned
  })

  it('finds its page INVALID though it found its tables: data is MMIO, and a write is lost', () => {
    const away = setOf([2, 0x50, 1, 0x20])
    expect(both(reading, MMIO, away)).toEqual(['conforms', 'conforms'])
    expect(both(writing, MMIO, away)).toEqual(['conforms', 'conforms'])
    const back = whole(5, { op: 'read', vcpu: 0, gfn: 0x50, offset: 8, size: 1 }, byte('00'))
    const lost = judged(LINUX, paged, begins(1, away, 9), whole(2, writing, MMIO), ends(1, OK), back)
    expect(lost.is).toBe('conforms')
    const done = judged(LINUX, paged, begins(1, away, 9), whole(2, writing, DATA), ends(1, OK), back)
    expect(done.deviations.map(d => d.n)).toEqual([5])
  })

  it('that saw a slot INVALID in its last look-ups leaves the window open for others', () => {
    const others = [
      begins(1, MOVE, 9),
      begins(2, fetch('emulator')),
      ends(2, fault),
      ...whole(3, read({ gfn: 5, by: 'emulator', vcpu: 1 }), MMIO),
      ends(1, OK),
    ]
    expect(judged(LINUX, paged, others).is).toBe('conforms')
  })
})
