import { describe, expect, it } from 'vitest'
import { FLAT, type Guest, guest, HOST, registers } from './guest.fixture.js'
import type { LinearVcpu } from './linear.js'
import { DEFAULT_PROCESSOR } from './registers.js'

/*
 * By hand from fetch-path.md, MMIO exits and Read-modify-write. Without paging: frames 0 to 255 are logged memory, 256 is a
 * hole, 257 read-only, from 258 on there is nothing.
 */
const HOLE = 0x10_0000n
const READ_ONLY = 0x10_1000n

const unpaged = (): Guest & { readonly linear: LinearVcpu } => {
  const g = guest()
  g.slot(1, 257, 1, HOST + 257, 2)
  const { linear } = g.vm.vcpu(0)
  linear.load(DEFAULT_PROCESSOR, registers('none', { cs: FLAT }))
  g.dirty()
  return { ...g, linear }
}
const bytes = (...of: readonly number[]) => Uint8Array.from(of)
const F = bytes(0xf1, 0xf2, 0xf3, 0xf4)
const ANSWER = bytes(0xd1, 0xd2, 0xd3, 0xd4)
const byBoth = ['emulator', 'hardware'] as const

describe('an exchange at a linear address', () => {
  it.each(byBoth)('by the %s answers what was there, stores and marks', by => {
    const g = unpaged()
    g.poke(3, 8, 0xe4e3e2e1n, 4)
    expect(g.linear.exchange(0x3008n, F, by)).toEqual({ end: 'data', data: bytes(0xe1, 0xe2, 0xe3, 0xe4) })
    expect([g.peek(3, 8, 4), g.dirty()]).toEqual([0xf4f3f2f1n, [[3, 1]]])
  })

  it.each(byBoth)('by the %s goes on in the next page, and marks both', by => {
    const g = unpaged()
    g.poke(3, 0xffe, 0xe2e1n, 2)
    g.poke(4, 0, 0xe4e3n, 2)
    expect(g.linear.exchange(0x3ffen, F, by)).toEqual({ end: 'data', data: bytes(0xe1, 0xe2, 0xe3, 0xe4) })
    expect([g.peek(3, 0xffe, 2), g.peek(4, 0, 2), g.dirty()]).toEqual([0xf2f1n, 0xf4f3n, [[3, 2]]])
  })

  it.each(byBoth)('in a hole by the %s is an MMIO read, and then an MMIO write', by => {
    expect(unpaged().linear.exchange(HOLE + 8n, F, by, ANSWER)).toEqual({
      end: 'mmio',
      exits: [
        { gpa: HOLE + 8n, size: 4 },
        { gpa: HOLE + 8n, size: 4, data: F },
      ],
      data: ANSWER,
    })
  })

  it('on a read-only page reads memory, and its result exits', () => {
    const g = unpaged()
    g.poke(257, 8, 0xb4b3b2b1n, 4)
    expect(g.linear.exchange(READ_ONLY + 8n, F)).toEqual({
      end: 'mmio',
      exits: [{ gpa: READ_ONLY + 8n, size: 4, data: F }],
      data: bytes(0xb1, 0xb2, 0xb3, 0xb4),
    })
    expect(g.peek(257, 8, 4)).toBe(0xb4b3b2b1n)
  })

  it('from memory into a hole loads and stores each part where it is', () => {
    const g = unpaged()
    g.poke(255, 0xffe, 0xe2e1n, 2)
    expect(g.linear.exchange(HOLE - 2n, F, 'emulator', ANSWER)).toEqual({
      end: 'mmio',
      exits: [
        { gpa: HOLE, size: 2 },
        { gpa: HOLE, size: 2, data: F.slice(2) },
      ],
      data: bytes(0xe1, 0xe2, 0xd1, 0xd2),
    })
    expect([g.peek(255, 0xffe, 2), g.dirty()]).toEqual([0xf2f1n, [[255, 1]]])
  })

  it('is not told what it read where nobody says what the VMM answers', () => {
    expect(unpaged().linear.exchange(HOLE, F)).not.toHaveProperty('data')
  })

  it('fails where the host does not let the page be written, but over two pages is a write', () => {
    const g = unpaged()
    g.vm.hostProtect({ hva: BigInt(g.hostPage(3)) << 12n, size: 4096n, rights: 'read' })
    expect(g.linear.exchange(0x3008n, F)).toEqual({ end: 'exit' })
    expect(g.linear.exchange(0x3008n, F, 'hardware')).toEqual({ end: 'exit', errno: 'EFAULT' })
    expect(g.linear.exchange(0x3ffen, F)).toEqual({
      end: 'mmio',
      exits: [{ gpa: 0x3ffen, size: 2, data: F.slice(0, 2) }],
      data: bytes(0, 0, 0, 0),
    })
    expect(g.dirty()).toEqual([[4, 1]])
  })
})

describe('data that is no memory', () => {
  it('exits by eight bytes at most, each page for itself', () => {
    const { linear } = unpaged()
    const at = 0x10_2ff4n
    expect(linear.read(at, 16)).toEqual({
      end: 'mmio',
      exits: [
        { gpa: at, size: 8 },
        { gpa: at + 8n, size: 4 },
        { gpa: at + 12n, size: 4 },
      ],
    })
  })

  it('is what the VMM answers, beside what memory has', () => {
    const g = unpaged()
    g.poke(255, 0xffe, 0xe2e1n, 2)
    expect(g.linear.read(HOLE - 2n, 4, 'emulator', bytes(0xd1))).toEqual({
      end: 'mmio',
      exits: [{ gpa: HOLE, size: 2 }],
      data: bytes(0xe1, 0xe2, 0xd1, 0),
    })
  })
})
