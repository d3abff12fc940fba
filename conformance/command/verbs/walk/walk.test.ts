import { readFileSync } from 'node:fs'
import { isRight } from 'fp-ts/lib/Either.js'
import { describe, expect, it } from 'vitest'
import { WalkReportCodec } from '../../../reports/walk/codec.js'
import { memslot } from '../../captured.js'

const IMAGE = 'conformance/command/fixtures/page-table.json'
const image = JSON.parse(readFileSync(IMAGE, 'utf8')) as {
  readonly memory: readonly { readonly gpa: string; readonly data: string }[]
}
const walk = (...args: readonly string[]) => memslot(['walk', IMAGE, '--cr3', '0x1000', ...args])
const walkOf = (other: object, ...args: readonly string[]) =>
  memslot(['walk', '-', '--rip', '0x202000', ...args], JSON.stringify(other))

describe('memslot walk', () => {
  it('shows each entry with its slot, bits and the rights so far, and how the walk ends', async () => {
    const { out, status } = await walk('--paging', '4level', '--rip', '0x202ffe', '--length', '2')
    expect(out).toMatch(/0x202ffe +4 +0x1000 +0 LOG +0x2027 +P W U A +0x2000 +rwx user/)
    expect(out).toMatch(/0x202ffe +1 +0x8000 +1 RO +0x100007 +P W U +0x100000 +rwx user/)
    expect(out).toContain('ends in  data 0f0b')
    expect(out).toMatch(/walk\.accessed-read-only +/)
    expect(status).toBe(0)
  })

  it('says one byte as one, and several as several', async () => {
    const first = async (length: string) => (await walk('--rip', '0x202000', '--length', length)).out
    expect(await first('1')).toMatch(/^fetch of 1 byte at RIP 0x202000:/)
    expect(await first('2')).toMatch(/^fetch of 2 bytes at RIP 0x202000:/)
  })

  it('walks the second page too where an instruction crosses into it, with the fault there', async () => {
    const { out } = await walk('--rip', '0x202ffe', '--length', '3')
    expect(out).toMatch(/0x203000 +1 .* NX +0x101000 +rw- user/)
    expect(out).toContain('ends in  fault #PF(0x11) CR2 0x203000')
  })

  it('answers the address and its rights for data', async () => {
    const { out } = await walk('--gva', '0x202010', '--access', 'write', '--cpl', '3')
    expect(out).toContain('ends in  data gpa 0x100010 rwxu')
  })

  it('shows how a walk ends, and that it never returns where the root is missing', async () => {
    const { out } = await walk('--rip', '0x204000', '--by', 'hardware')
    expect(out).toContain('ends in  fault #PF(0x10)')
    const lost = await memslot(['walk', IMAGE, '--cr3', '0x50000', '--rip', '0x0', '--by', 'hardware'])
    expect(lost.out).toContain('ends in  never returns')
  })

  it('goes by the processor for data as well, where that is asked', async () => {
    const at = ['--gva', '0x0', '--cr3', '0x50000'] as const
    const lost = (await memslot(['walk', IMAGE, ...at, '--by', 'hardware'])).out
    expect(lost).toContain('ends in  never returns')
    expect(lost).toMatch(/walk\.no-root-tdp/)
    expect((await memslot(['walk', IMAGE, ...at, '--by', 'emulator'])).out).toContain(
      'ends in  fault #PF(0x0)',
    )
  })

  it('takes 0 for an address without a prefix', async () => {
    const [plain, prefixed] = [await walk('--rip', '0'), await walk('--rip', '0x0')]
    expect(plain.status).toBe(prefixed.status)
    expect(plain.out.replaceAll('RIP 0:', 'RIP 0x0:')).toBe(prefixed.out)
  })

  it('takes data of an image that crosses a page', async () => {
    const slots = [{ id: 0, gpa: '0x0', size: '0x3000' }]
    const memory = [{ gpa: '0x1ffe', data: '90909090' }]
    const registers = { cr0: '0x1', cr3: '0x0', cr4: '0x0', efer: '0x0', rflags: '0x2', cpl: 0 }
    const cs = { base: '0x0', limit: 0xffffffff, d: true, l: false }
    const crossing = JSON.stringify({ slots, memory, registers: { ...registers, cs } })
    const { out } = await memslot(['walk', '-', '--rip', '0x1ffe', '--length', '4'], crossing)
    expect(out).toContain('ends in  data 90909090')
  })

  it.each(['emulator', 'hardware'])(
    'explains what a protection key denies, by %s, of data and not of code',
    async by => {
      const memory = image.memory.map(piece =>
        piece.gpa === '0x8010' ? { ...piece, data: '0700100000000018' } : piece,
      )
      const keyed = JSON.stringify({ ...image, memory, registers: { cr4: '0x400020', pkru: '0xc0' } })
      const walked = async (...args: readonly string[]) =>
        (await memslot(['walk', '-', '--cr3', '0x1000', '--cpl', '3', '--by', by, ...args], keyed)).out
      const read = await walked('--gva', '0x202000')
      expect(read).toMatch(/0x202000 +1 .* key 3 AD WD/)
      expect(read).toContain('ends in  fault #PF(0x25) CR2 0x202000')
      expect(read).toMatch(/walk\.denied-key +A user page whose protection key has AD/)
      expect(await walked('--gva', '0x202000', '--access', 'write')).toContain('walk.denied-key-write')
      const fetched = await walked('--rip', '0x202ffe', '--length', '2')
      expect(fetched).toContain('key 3 AD WD')
      expect(fetched).toContain('ends in  data 0f0b')
    },
  )

  it('prints one object that its codec takes', async () => {
    const { out } = await walk('--rip', '0x202ffe', '--json')
    const report = WalkReportCodec.decode(JSON.parse(out))
    if (!isRight(report)) throw new Error('the report is not what its codec says')
    expect(report.right.levels.map(l => l.level)).toEqual([4, 3, 2, 1])
    expect(report.right.rules[0]?.id).toBe('fetch.begin')
  })

  it.each([
    [['--rip', '4096'], '--rip: found "4096", expected hexadecimal string'],
    [[], 'found neither, expected either --rip or --gva'],
    [['--rip', '0x0', '--gva', '0x0'], 'found both, expected either --rip or --gva'],
    [['--rip', '0x0', '--length', '16'], 'Expected a whole number of 1 to 15'],
    [['--rip', '0x0', '--cr3', '0x400000000000'], 'registers.cr3-beyond-maxphyaddr'],
  ])('refuses options that cannot be: %j', async (args, expected) => {
    const { err, status } = await walk(...args)
    expect(err).toContain(expected)
    expect(status).toBe(2)
  })

  it.each([
    [
      { ...image, memory: [{ gpa: '0x9000', data: '00' }] },
      'memory.0.gpa: found 0x9000, expected an address that a slot maps',
    ],
    [
      { ...image, memory: [{ gpa: '0x8fff', data: '0000' }] },
      'memory.0.gpa: found 0x9000, expected an address that a slot maps',
    ],
    [{ ...image, slots: [{ id: 0, gpa: '0x10', size: '0x1000' }] }, 'slots.0: found slot 0 at 0x10'],
    [{ ...image, slot: [] }, 'slot: found [], expected no such field'],
    [{ ...image, registers: { efer: '0x400', cr4: '0x0' } }, 'registers.lma-not-as-enabled'],
    [{ ...image, registers: { cr4: '0x0' } }, 'registers.lma-without-pae'],
    [{ ...image, as: 5 }, 'as: found space 5'],
  ])('an image that cannot be is refused, and what is wrong with it is said: %#', async (other, expected) => {
    const { err, status } = await walkOf(other)
    expect(err).toContain(expected)
    expect(status).toBe(2)
  })
})
