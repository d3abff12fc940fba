import { type Either, isLeft } from 'fp-ts/lib/Either.js'
import { describe, expect, it } from 'vitest'
import { programOf } from '../../../oracle/wire/program.js'
import type { TraceRecord } from '../../../oracle/wire/record.js'
import { u64 } from '../../../spec/terms/numbers.js'
import type { GetDirtyCall, Operation, SetCall } from '../../../spec/terms/operation.js'
import { HelloCodec, type Session, type Target } from '../target.js'
import { TargetRefusal } from '../target-error.js'
import { type KvmUnavailable, sayUnavailable } from './refusal.js'
import type { Freshness } from './session.js'
import { type KvmOptions, kvmTarget } from './target.js'

const found: Either<KvmUnavailable, Target> = await kvmTarget()
const reason = isLeft(found) ? sayUnavailable(found.left) : null
if (reason !== null) console.warn(`Tests of a real kernel are skipped: ${reason}`)
const named = (what: string) =>
  reason === null ? what : `${what} — SKIPPED, there is no KVM here: ${reason}`

const config = { spaces: 1 }
const slot: SetCall = {
  op: 'set',
  as: 0,
  id: 1,
  gpa: u64(0),
  size: u64(70 * 4096),
  hva: u64(0x10000),
  flags: 1,
}
const get: GetDirtyCall = { op: 'get-dirty', as: 0, id: 1 }
const protect = (mode: number): Operation => ({
  op: 'enable-cap',
  cap: 'manual-dirty-log-protect2',
  flags: 0,
  args: [u64(mode)],
})
const ring: Operation = { op: 'enable-cap', cap: 'dirty-log-ring', flags: 0, args: [u64(4096)] }
const never = new AbortController().signal

const target = async (options: KvmOptions = {}): Promise<Target> => {
  const opened = await kvmTarget(options)
  if (isLeft(opened)) throw new Error(sayUnavailable(opened.left)) // these tests are skipped then
  return opened.right
}
const recordsOf = async (session: Session, ...ops: readonly Operation[]) => {
  const records: TraceRecord[] = []
  await session.run(programOf(ops, config), record => records.push(record), never)
  return records
}
const seen = async (session: Session, ...ops: readonly Operation[]) =>
  (await recordsOf(session, ...ops)).flatMap(r => (r.ev === 'return' ? [r.seen] : []))
const ok = { is: 'ok' }
const failed = (errno: string) => ({ is: 'error', errno })

describe.skipIf(reason !== null)(named('a session with the kernel of this machine'), () => {
  it('the KVM target says in hello what the kernel can do', async () => {
    const hello = await (await target()).hello()
    expect(HelloCodec.is(hello)).toBe(true)
    expect(hello).toMatchObject({ name: 'kvm', protocol: 1, choices: false })
    expect(hello.features).toEqual(expect.arrayContaining(['bad-pointer', 'dirty-log', 'set', 'stranger']))
    expect(hello.limits.slots).toBe(32764)
    // 2^(bits-12)-1: 52 bits under shadow paging, the host's MAXPHYADDR under two-dimensional paging
    expect(Number.isInteger(Math.log2(Number(hello.limits.maxGfn) + 1))).toBe(true)
  })

  it('a session of KVM numbers its records on from run to run, each call before its return', async () => {
    const session = await (await target()).open(config)
    await recordsOf(session, slot)
    expect(await recordsOf(session, get)).toEqual([
      { ev: 'call', n: 2, tid: 0, operation: get },
      { ev: 'return', of: 2, seen: { is: 'ok', bits: [], bytes: 16 } },
    ])
    await session.close()
  })

  it.each<Freshness>(['emptied', 'new'])(
    'cannot tell a VM that was reset from a new one: %s',
    async freshness => {
      const session = await (await target({ freshness })).open(config)
      for (const before of [
        [protect(3), slot],
        [ring, slot],
        [slot, { ...slot, id: 2, gpa: u64(1n << 32n) }],
      ]) {
        await seen(session, ...before)
        await session.reset()
        expect(await seen(session, get, slot, get, protect(0))).toEqual([
          failed('ENOENT'),
          ok,
          { is: 'ok', bits: [], bytes: 16 },
          ok,
        ])
        await session.reset()
      }
      await session.close()
    },
  )

  it('a call from another process fails with EIO, whatever else is wrong', async () => {
    const session = await (await target()).open(config)
    const stranger = { caller: 'stranger' } as const
    const asked = [
      slot,
      { ...slot, flags: 8, ...stranger },
      { ...slot, ...stranger },
      { ...get, ...stranger },
      get,
    ]
    const answers = await seen(session, ...asked)
    await session.close()
    expect(answers).toEqual([ok, failed('EIO'), failed('EIO'), failed('EIO'), expect.objectContaining(ok)])
  })

  it('a GET writes nothing beyond the bitmap, and zeros after the last page', async () => {
    const session = await (await target()).open(config)
    for (const pages of [1, 63, 64, 65, 127, 128, 129, 4096, 4097]) {
      const sized = { ...slot, size: u64(pages * 4096) }
      const [, , answer] = await seen(session, protect(3), sized, get)
      expect(answer).toEqual({ is: 'ok', bits: [[0, pages]], bytes: Math.ceil(pages / 64) * 8 })
      await session.reset()
    }
    await session.close()
  })

  it('a run on KVM that is to stop does so between two operations', async () => {
    const session = await (await target()).open(config)
    const stopping = new AbortController()
    const records: TraceRecord[] = []
    const emit = (record: TraceRecord) => {
      records.push(record)
      if (record.ev === 'return') stopping.abort()
    }
    await session.run(programOf([slot, get, get], config), emit, stopping.signal)
    expect(records.map(({ ev }) => ev)).toEqual(['call', 'return'])
    await session.close()
  })

  it('a session of KVM refuses, before the first call, what it does not offer', async () => {
    const session = await (await target()).open(config)
    const huge = { ...slot, size: u64(1n << 40n), flags: 0 }
    await expect(recordsOf(session, slot, { op: 'lookup', as: 0, gfn: 0 })).rejects.toThrow(
      /not offer: lookup/,
    )
    await expect(recordsOf(session, slot, huge)).rejects.toThrow(/not offer: huge-slots|too much memory/)
    expect(await seen(session, get)).toEqual([failed('ENOENT')])
    await expect(session.reset({ spaces: 64 })).rejects.toThrow(/spaces 1, and not 64|spaces 2, and not 64/)
    await expect((await target()).open({ spaces: 64 })).rejects.toBeInstanceOf(TargetRefusal)
    await session.close()
    await expect(recordsOf(session, slot)).rejects.toThrow('the session is closed')
    await expect(session.reset()).rejects.toThrow('the session is closed')
  })
})
