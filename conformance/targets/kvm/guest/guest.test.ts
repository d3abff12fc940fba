import { isLeft } from 'fp-ts/lib/Either.js'
import { describe, expect, it } from 'vitest'
import { programOf } from '../../../../oracle/wire/program.js'
import { addressOf, u64 } from '../../../../spec/terms/numbers.js'
import type { Operation } from '../../../../spec/terms/operation.js'
import type { Seen } from '../../../../spec/terms/result.js'
import { get, hostProtect, remove, set, vcpu, write } from '../../../cases/draft/calls.js'
import {
  addressIn,
  fetch,
  OPEN,
  PAGE_1,
  PAGE_2,
  putTables,
  registers,
  SETUP,
  slotOf,
} from '../../../cases/draft/fetch-layout.js'
import type { Session } from '../../target.js'
import { sayUnavailable } from '../refusal.js'
import { kvmTarget } from '../target.js'

const kvm = await kvmTarget()
const hello = isLeft(kvm) ? null : await kvm.right.hello()
const reason = isLeft(kvm)
  ? sayUnavailable(kvm.left)
  : hello?.features.includes('vcpu')
    ? null
    : 'no guest runs on this kernel'
if (reason !== null) console.warn(`Tests of running guests are skipped: ${reason}`)
const named = (what: string) =>
  reason === null ? what : `${what} — SKIPPED, there is no KVM here that runs guests: ${reason}`

const config = { spaces: 1 }
const never = new AbortController().signal

const open = async (): Promise<Session> => {
  if (isLeft(kvm)) throw new Error('skipped otherwise')
  return kvm.right.open(config)
}
/** What a kernel answered to operations, in order. */
const seenOf = async (...ops: readonly Operation[]): Promise<readonly Seen[]> => {
  const session = await open()
  const seen: Seen[] = []
  const note = (r: { readonly ev: string; readonly seen?: Seen }) => {
    if (r.seen !== undefined) seen.push(r.seen)
  }
  await session.run(programOf(ops, config), r => note(r), never).finally(() => session.close())
  return seen
}
const last = async (...ops: readonly Operation[]): Promise<Seen | undefined> => (await seenOf(...ops)).at(-1)
const access = (end: string, rest: object = {}) => ({ is: 'access', end, ...rest })

const HOST = 0x10000
const plain = set({ id: 1, base: 16, npages: 4, hva: HOST })
const logged = set({ id: 1, base: 16, npages: 4, hva: HOST, flags: 1 })
const readOnly = set({ id: 1, base: 16, npages: 4, hva: HOST, flags: 2 })
const bytes: Operation = { op: 'poke', hva: u64(addressOf(HOST) + 8n), data: '0123456789abcdef' }
const read = (size: number, gfn = 16): Operation => ({ op: 'read', vcpu: 0, gfn, offset: 8, size })
const rmw: Operation = { op: 'rmw', vcpu: 0, gfn: 16, offset: 8, data: 'c0de' }

const la = addressIn('4-level')
/** The tables of the fetch families with this entry for the second page, and a user's registers. */
const user = (second = (BigInt(PAGE_2) << 12n) | OPEN, cpl = 3): readonly Operation[] => [
  ...SETUP,
  ...putTables('4-level', {}, second),
  registers('4-level', { cpl }),
]

/** The bytes that SETUP has at an offset of a page: each tells of both. */
const codeOf = (page: number, offset: number, length: number): string =>
  Array.from({ length }, (_, i) => (((offset + i) * 7 + page) & 255).toString(16).padStart(2, '0')).join('')

/** Expectations are of docs/evidence/real-kvm.md, written by hand. */
describe.skipIf(reason !== null)(named('a guest on the kernel of this machine'), () => {
  it('is run by whom the kernel says in its hello', () => {
    expect(hello?.version).toMatch(/^Linux .*; (the processor|KVM’s emulator) runs .*64-bit at CPL 3/)
  })

  it.each([1, 2, 4, 8])('reads %i bytes of what the host wrote', async size => {
    expect(await last(vcpu, plain, bytes, read(size))).toEqual(
      access('data', { data: '0123456789abcdef'.slice(0, size * 2) }),
    )
  })

  it('reads what it wrote, and gets the old bytes in exchange for new ones', async () => {
    const seen = await seenOf(vcpu, plain, bytes, rmw, read(4))
    expect(seen.slice(-2)).toEqual([access('data', { data: '0123' }), access('data', { data: 'c0de4567' })])
  })

  it('leaves for a device where there is no slot, and where it writes to a read-only one', async () => {
    expect(await last(vcpu, plain, read(4, 20))).toMatchObject(access('mmio'))
    expect((await seenOf(vcpu, readOnly, bytes, write(16), rmw, read(2))).slice(-3)).toMatchObject([
      access('mmio'),
      access('mmio'),
      access('data', { data: '0123' }),
    ])
  })

  it('goes on after a device as if nothing had been', async () => {
    const hole = read(8, 20)
    const seen = await seenOf(vcpu, plain, bytes, hole, hole, write(20), read(4))
    expect(seen.slice(-4).map(s => s.is === 'access' && s.end)).toEqual(['mmio', 'mmio', 'mmio', 'data'])
  })

  it('is seen in the dirty log by the pages that it wrote, once, and the host is not', async () => {
    const seen = await seenOf(vcpu, logged, bytes, write(17), write(19), get(1), get(1))
    expect(seen.slice(-2)).toEqual([
      {
        is: 'ok',
        bits: [
          [1, 1],
          [3, 1],
        ],
        bytes: 8,
      },
      { is: 'ok', bits: [], bytes: 8 },
    ])
  })

  it('meets EFAULT where the host has taken its rights, and memory once it has given them back', async () => {
    const seen = await seenOf(
      vcpu,
      plain,
      bytes,
      hostProtect(HOST, 'none'),
      read(2),
      hostProtect(HOST, 'read'),
      read(2),
      write(16),
      hostProtect(HOST, 'all'),
      write(16),
    )
    expect(seen.filter(s => s.is === 'access')).toEqual([
      access('exit', { errno: 'EFAULT' }),
      access('data', { data: '0123' }),
      access('exit', { errno: 'EFAULT' }),
      access('data'),
    ])
  })

  it('fetches across two pages, and takes the fault of the second at its first byte', async () => {
    expect(await last(...user(), fetch(la + 4090n, 15))).toMatchObject(access('data'))
    expect(await last(...user(BigInt(PAGE_2) << 12n), fetch(la + 4090n, 15))).toEqual(
      access('fault', { exception: { vector: '#PF', error: 0x14, cr2: la + 4096n } }),
    )
  })

  it('fails to fetch from a hole, with the bytes of the page before it', async () => {
    const seen = await last(...user(), remove(PAGE_2), fetch(la + 4090n, 15))
    const exit = { suberror: 1, ndata: 8, flags: 1, bytes: codeOf(PAGE_1, 4090, 6) }
    expect(seen).toEqual(access('exit', { exit }))
    expect(await last(...user(), remove(PAGE_1), fetch(la, 4))).toEqual(
      access('exit', { exit: { suberror: 1, ndata: 6, flags: 0 } }),
    )
  })

  it('sees tables that the host wrote after it had used them', async () => {
    const load: Operation = { op: 'read-virtual', vcpu: 0, gva: u64(la), size: 4 }
    const elsewhere = putTables('4-level', { 1: (BigInt(PAGE_2) << 12n) | OPEN })
    const seen = await seenOf(...user(), load, ...elsewhere, load)
    expect(seen.filter(s => s.is === 'access')).toEqual([
      access('data', { data: codeOf(PAGE_1, 0, 4) }),
      access('data', { data: codeOf(PAGE_2, 0, 4) }),
    ])
  })

  it('leaves no trace of the instruction that it fetched', async () => {
    const of: Operation = { op: 'read', vcpu: 0, gfn: PAGE_1, offset: 0, size: 8 }
    expect(await last(...user(), fetch(la, 8), of)).toEqual(access('data', { data: codeOf(PAGE_1, 0, 8) }))
    expect(await last(...user(), remove(PAGE_2), fetch(la + 4090n, 15), slotOf(PAGE_2), of)).toEqual(
      access('data', { data: codeOf(PAGE_1, 0, 8) }),
    )
  })

  it('is not seen in the dirty log by pages that it reads or fetches, where no entry is written', async () => {
    const fetched: Operation = { op: 'fetch', vcpu: 0, gfn: 18, offset: 0, size: 4 }
    const seen = await last(vcpu, logged, bytes, read(4), fetched, get(1))
    if (hello?.vm?.secondStage === 'shadow') expect(seen).toEqual({ is: 'ok', bits: [], bytes: 8 })
  })

  it('finds its slot again after it was deleted and made again', async () => {
    const seen = await seenOf(...user(), remove(PAGE_1), fetch(la, 2), slotOf(PAGE_1), fetch(la, 2))
    expect(seen.filter(s => s.is === 'access').map(s => 'end' in s && s.end)).toEqual(['exit', 'data'])
  })

  it('runs without paging, in real mode too, and takes #GP beyond the limit of its code', async () => {
    const flat = registers('none', { nxe: false })
    const limited = { ...flat, cs: { ...flat.cs, limit: 0xffff } }
    const real = { ...limited, cr0: u64(0), cs: { ...limited.cs, d: false } }
    const memory = set({ id: 1, base: 0, npages: 0x120, hva: HOST })
    const fault = access('fault', { exception: { vector: '#GP', error: 0 } })
    for (const image of [limited, real]) {
      expect(await last(vcpu, memory, image, fetch(0x8000n, 4))).toMatchObject(access('data'))
      expect(await last(vcpu, memory, image, fetch(0x10000n, 1))).toEqual(fault)
    }
    expect(await last(vcpu, memory, remove(1), real, fetch(0x8000n, 4))).toMatchObject(access('exit'))
  })

  it('finds memory that is zero, and all rights of the host, after a reset', async () => {
    const session = await open()
    const seen: Seen[] = []
    const run = (...ops: readonly Operation[]) =>
      session.run(programOf(ops, config), r => r.ev === 'access-end' && seen.push(r.seen), never)
    await run(vcpu, plain, bytes, write(17), read(8), hostProtect(HOST + 1, 'none'))
    await session.reset()
    await run(vcpu, plain, read(8), read(8, 17))
    await session.close()
    const zero = access('data', { data: '0000000000000000' })
    expect(seen.slice(1)).toEqual([access('data', { data: '0123456789abcdef' }), zero, zero])
  })

  it('is refused what it cannot be made to do', async () => {
    await expect(seenOf(vcpu, plain, read(3))).rejects.toThrow(/no instruction moves 3 bytes/)
    await expect(seenOf(plain, read(4))).rejects.toThrow(/vCPU 0 was never created/)
    await expect(seenOf(vcpu, registers('pae'))).rejects.toThrow(/cannot use this paging: pae/)
  })
})
