import { isLeft } from 'fp-ts/lib/Either.js'
import { describe, expect, it } from 'vitest'
import { programOf } from '../../../../oracle/wire/program.js'
import { addressOf, u64 } from '../../../../spec/terms/numbers.js'
import type { Operation, RegistersCall } from '../../../../spec/terms/operation.js'
import type { Seen } from '../../../../spec/terms/result.js'
import { remove, set, vcpu } from '../../../cases/draft/calls.js'
import {
  addressIn,
  fetch,
  poke,
  putTables,
  registers,
  SETUP,
  slotOf,
  type Wanted,
} from '../../../cases/draft/fetch-layout.js'
import { sayUnavailable } from '../refusal.js'
import { kvmTarget } from '../target.js'

const kvm = await kvmTarget()
const hello = isLeft(kvm) ? null : await kvm.right.hello()
const runs = hello?.features.includes('fetch-path') === true
const reason = isLeft(kvm) ? sayUnavailable(kvm.left) : runs ? null : 'no guest runs on this kernel'
const byProcessor = hello?.features.includes('hardware-fetch') === true && hello.vm?.secondStage === 'shadow'
const named = (what: string) =>
  reason === null ? what : `${what} — SKIPPED, there is no KVM here that runs guests: ${reason}`

const config = { spaces: 1 }
const never = new AbortController().signal

const last = async (...ops: readonly Operation[]): Promise<Seen | undefined> => {
  if (isLeft(kvm)) throw new Error('skipped otherwise')
  const session = await kvm.right.open(config)
  const seen: Seen[] = []
  const note = (r: { readonly seen?: Seen }) => r.seen !== undefined && seen.push(r.seen)
  await session.run(programOf(ops, config), r => note(r as object), never).finally(() => session.close())
  return seen.at(-1)
}

const fault = (exception: object) => ({ is: 'access', end: 'fault', exception })
const gp = fault({ vector: '#GP', error: 0 })
const HOST = 0x10000
const memory = (npages: number) => set({ id: 1, base: 0, npages, hva: HOST })
const flat = registers('none', { nxe: false })
const real = { ...flat, cr0: u64(0) }

describe.skipIf(reason !== null)(named('registers that a kernel is asked to load'), () => {
  it.each<[string, Partial<RegistersCall>]>([
    ['RFLAGS beyond 32 bits', { rflags: u64((1n << 32n) | 2n) }],
    ['virtual-8086 mode at CPL 0', { rflags: u64(0x2_0002) }],
    ['virtual-8086 mode without protection', { rflags: u64(0x2_0002), cr0: u64(0), cpl: 3 }],
    ['EFER beyond 32 bits', { efer: u64(1n << 32n) }],
  ])('are refused by the target where only a processor refuses them: %s', async (_, spoilt) => {
    await expect(last(vcpu, { ...flat, ...spoilt })).rejects.toThrow(/does not look at RFLAGS/)
  })

  it('are refused by the target with 64-bit code outside long mode, which only userspace cannot load', async () => {
    const long = { ...flat, cs: { ...flat.cs, d: false, l: true } }
    await expect(last(vcpu, long)).rejects.toThrow(/no 64-bit code outside long mode/)
  })

  it('are refused by the target with bits of CR4 that no processor has, of which no rule speaks', async () => {
    for (const bit of [15n, 31n])
      await expect(last(vcpu, { ...flat, cr4: u64(1n << bit) })).rejects.toThrow(/bits of CR4/)
  })

  it.each<[string, Partial<RegistersCall>]>([
    ['CR0.NW without CR0.CD', { cr0: u64(0x2000_0001) }],
    ['CR0 beyond 32 bits', { cr0: u64((1n << 32n) | 1n) }],
    ['CR4 beyond 32 bits', { cr4: u64(1n << 32n) }],
    ['CR0.NW without CR0.CD, whatever RFLAGS are', { cr0: u64(0x2000_0001), rflags: u64(0x2_0002) }],
  ])('are EINVAL where the kernel looks: %s', async (_, spoilt) => {
    expect(await last(vcpu, { ...flat, ...spoilt })).toEqual({ is: 'error', errno: 'EINVAL' })
  })
})

describe.skipIf(reason !== null)(named('an exception in real mode'), () => {
  it('is told whether or not the case has memory where its handler would be', async () => {
    for (const pages of [3, 0x100])
      for (const rip of [0x1_0000_0000n, 0x100_0000_0000_1010n, 0xffff_8000_0000_0000n])
        expect(await last(vcpu, memory(pages), real, fetch(rip, 1)), `${pages} ${rip}`).toEqual(gp)
    // Nothing lies where 16 bits of our stack's address would be.
    const handlers = set({ id: 1, base: 0xf8, npages: 1, hva: HOST })
    expect(await last(vcpu, handlers, real, fetch(0x1_0000_0000n, 1))).toEqual(gp)
    expect(await last(vcpu, real, fetch(0x1_0000_0000n, 1))).toEqual(gp)
  })

  it('writes nothing to memory of the case', async () => {
    const logged = set({ id: 1, base: 0, npages: 0x100, hva: HOST, flags: 1 })
    const get: Operation = { op: 'get-dirty', as: 0, id: 1 }
    expect(await last(vcpu, logged, real, fetch(0x1_0000_0000n, 1), get)).toMatchObject({ bits: [] })
  })

  it('is not told where the instruction itself cannot be fetched', async () => {
    expect(await last(vcpu, memory(3), real, fetch(0x8000n, 1))).toMatchObject({ is: 'access', end: 'exit' })
  })
})

describe.skipIf(reason !== null)(named('a translation for a fetch'), () => {
  const translate = (gva: bigint): Operation => ({
    op: 'translate',
    vcpu: 0,
    gva: u64(gva),
    access: 'fetch',
  })
  const within = (base: bigint, limit: number) => ({ ...flat, cs: { ...flat.cs, base: u64(base), limit } })

  it('is of the linear address, wherever the code segment begins', async () => {
    expect(await last(vcpu, memory(3), within(0x1000n, 0xffff), translate(0x2010n))).toMatchObject({
      end: 'data',
      gpa: 0x2010n,
    })
    expect(await last(vcpu, memory(3), within(0xffff_f000n, 0xffff), translate(0x10n))).toMatchObject({
      gpa: 0x10n,
    })
  })

  it('is of the low 32 bits outside 64-bit mode', async () => {
    expect(await last(vcpu, memory(3), flat, translate(0x1_0000_0000_2010n))).toMatchObject({ gpa: 0x2010n })
  })

  it('is refused by the target where the code segment does not reach', async () => {
    await expect(last(vcpu, memory(3), within(0x2000n, 0xffff), translate(0x10n))).rejects.toThrow(
      /does not reach this address/,
    )
  })
})

describe.skipIf(reason !== null || !byProcessor)(named('a user whose tables KVM shadows'), () => {
  const la = addressIn('4-level')
  const ROOT = 4
  const user = registers('4-level', { cpl: 3 })
  const before: readonly Operation[] = [...SETUP, ...putTables('4-level'), user]

  it('is held to no alignment by RFLAGS.AC without CR0.AM', async () => {
    const off = { ...user, rflags: u64(0x4_0002) }
    const write: Operation = { op: 'write-virtual', vcpu: 0, gva: u64(0xff1), data: '5130' }
    expect(await last(...before, off, write)).toEqual(fault({ vector: '#PF', error: 6, cr2: 0xff1n }))
    const am = { ...off, cr0: u64(off.cr0 | 0x4_0000n) }
    await expect(last(...before, am, write)).rejects.toThrow(/to its alignment/)
  })

  it('is refused a fetch whose #PF no handler can tell, since the host cannot read the root', async () => {
    const denied: Operation = {
      op: 'host-protect',
      hva: addressOf(HOST + ROOT),
      size: addressOf(1),
      rights: 'none',
    }
    await expect(last(...before, denied, fetch(la, 2))).rejects.toThrow(/no handler can be reached/)
    expect(await last(...before, remove(ROOT), fetch(la, 2))).toMatchObject({ end: 'shutdown' })
  })

  it('that met no root is not asked further once a slot was moved, by the case or for us', async () => {
    const code = fetch(la, 2)
    const other = set({ id: 90, base: 0x900, npages: 1, hva: HOST + 0x900 })
    const lost = [...before, other, code, remove(ROOT), code, slotOf(ROOT)]
    const known = hello?.kernel === 'pvm' ? { is: 'access', end: 'shutdown' } : { is: 'access' }
    expect(await last(...lost, code)).toMatchObject(known)
    for (const zap of [remove(90), poke(HOST + 0x900, 0, '00')])
      await expect(last(...lost, zap, code)).rejects.toThrow(/met no root/)
    const efer = { ...user, efer: u64(user.efer ^ 0x800n) }
    expect(await last(...lost, efer, code)).toMatchObject({ end: 'data' })
    expect(addressOf(ROOT)).toBe(user.cr3)
  })

  it.skipIf(hello?.kernel !== 'pvm')(
    'is not asked of the addresses at which pvm’s faults depend on the CPU',
    async () => {
      for (const rip of [0xffff_8000_0000_0000n, 0xffff_807f_ffff_fff0n])
        await expect(last(...before, fetch(rip, 1))).rejects.toThrow(/on one CPU than on another/)
      expect(await last(...before, fetch(0xffff_8080_0000_0000n, 1))).toMatchObject({ end: 'fault' })
    },
  )
})

describe.skipIf(reason !== null)(named('a supervisor whose tables KVM walks'), () => {
  const la = addressIn('4-level')
  const FRAME = 16
  const before = (wanted: Wanted): readonly Operation[] => [
    ...SETUP,
    ...putTables('4-level'),
    registers('4-level', wanted),
  ]

  it('fails to fetch from a hole under SMAP as without it, and is not said to have touched data', async () => {
    const failed = { is: 'access', end: 'exit', exit: { suberror: 1, ndata: 6, flags: 0 } }
    for (const wanted of [{}, { smap: true }, { smap: true, cpl: 1 }])
      expect(await last(...before(wanted), remove(FRAME), fetch(la, 2))).toEqual(failed)
  })

  it('leaves by an exchange on a page that the host denies, without telling our instruction', async () => {
    const denied: Operation = {
      op: 'host-protect',
      hva: addressOf(HOST + FRAME),
      size: addressOf(1),
      rights: 'read',
    }
    const exchange: Operation = { op: 'rmw-virtual', vcpu: 0, gva: u64(la), data: '5a' }
    expect(await last(...before({}), denied, exchange)).toEqual({ is: 'access', end: 'exit' })
  })
})
