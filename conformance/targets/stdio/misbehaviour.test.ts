import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { isLeft } from 'fp-ts/lib/Either.js'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { programOf } from '../../../oracle/wire/program.js'
import type { TraceRecord } from '../../../oracle/wire/record.js'
import type { Session, Target } from '../target.js'
import { TargetRefusal } from '../target-error.js'
import { StdioFailure, type StdioFault, sayFault } from './fault.js'
import type { StdioLimits } from './limits.js'
import { stdioTarget } from './target.js'

/** A child that keeps to the protocol but for what `also` redefines; only single quotes may be used in it. */
const script = (also: string): string => `
  const say = o => process.stdout.write(JSON.stringify(o) + String.fromCharCode(10))
  const limits = { spaces: 2, slots: 32764, maxGfn: '0xff', entries: 1 }
  let runs = 0
  const on = {
    hello: () => say({ name: 'child', version: '1', protocol: 1, features: ['dirty-log'], choices: false, limits }),
    open: () => say({ ok: true }), reset: () => say({ ok: true }), close: () => say({ ok: true }),
    run: () => { good(); end() },
  }
  const good = () => { say({ ev: 'call', n: 1, tid: 0, op: 'get-dirty', as: 0, id: 1 }); say({ ev: 'return', of: 1, errno: 'ENOENT' }) }
  const end = () => say({ ev: 'end' })
  ${also}
  require('readline').createInterface({ input: process.stdin }).on('line', l => { const m = JSON.parse(l); on[m.do](m) })`

/** Other tests run beside these: what is not about time has enough of it. */
const PATIENT = { answerMs: 60_000, programMs: 60_000 }
/** Milliseconds of a program that is to be found hung, and of one on a machine that has no time for it. */
const SHORT = 800
const LONG = 40_000
/** What the system does by and by is waited for, and never comes too late. */
const SOON = { timeout: 60_000, interval: 10 }

const targetOf = (also: string, limits: Partial<StdioLimits> = {}): Target => {
  const target = stdioTarget(`${process.execPath} -e "${script(also)}"`, { ...PATIENT, ...limits })
  if (isLeft(target)) throw new Error('the command of the test is well formed')
  return target.right
}

const open: Session[] = []
afterEach(async () => {
  for (const session of open.splice(0)) await session.close()
})
const openChild = async (also: string, limits: Partial<StdioLimits> = {}): Promise<Session> => {
  const session = await targetOf(also, limits).open({})
  open.push(session)
  return session
}

const program = programOf([{ op: 'get-dirty', as: 0, id: 1 }])
interface Outcome {
  readonly events: readonly string[]
  readonly fault: StdioFault | TargetRefusal | null
}
const faultIn = (reason: unknown): StdioFault | TargetRefusal => {
  if (reason instanceof TargetRefusal) return reason
  if (!(reason instanceof StdioFailure)) throw reason
  return reason.fault
}
const run = async (
  session: Session,
  stop = new AbortController().signal,
  heard: (ev: string) => unknown = () => {},
): Promise<Outcome> => {
  const events: string[] = []
  const hear = (r: TraceRecord) => {
    events.push(r.ev)
    heard(r.ev)
  }
  const fault = await session.run(program, hear, stop).then(() => null, faultIn)
  return { events, fault }
}
/** The processes that a run tells by its notes. */
const pidsIn = async (session: Session): Promise<readonly number[]> => {
  const pids: number[] = []
  const hear = (r: TraceRecord) => {
    if (r.ev === 'note') pids.push(Number(r.text))
  }
  await session.run(program, hear, new AbortController().signal)
  return pids
}
/** Not gone, and not merely waiting to be reaped. */
const isRunning = (pid: number): boolean =>
  existsSync(`/proc/${pid}/stat`) && !/\) Z /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'))

/** Keeps this whole process from running. */
const sleep = (ms: number): unknown => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms)
const pause = (ms: number): Promise<void> => new Promise(resolve => setTimeout(resolve, ms))

const GOOD: Outcome = { events: ['call', 'return'], fault: null }

describe('an implementation that keeps to the protocol', () => {
  it('says hello, and runs one program after another', async () => {
    const hello = await targetOf('').hello()
    expect(hello).toMatchObject({ name: 'child', features: ['dirty-log'], limits: { maxGfn: 255n } })
    const session = await openChild('')
    expect(await run(session)).toEqual(GOOD)
    await session.reset({ spaces: 1 })
    expect(await run(session)).toEqual(GOOD)
  })

  it('may be noisy on stderr', async () => {
    const session = await openChild(`setInterval(() => console.error('x'.repeat(1e5)), 1)`)
    expect(await run(session)).toEqual(GOOD)
  })

  it('may answer in fragments', async () => {
    const session = await openChild(`
      on.run = () => { good(); const t = JSON.stringify({ ev: 'end' }); process.stdout.write(t.slice(0, 4)); setTimeout(() => process.stdout.write(t.slice(4) + String.fromCharCode(10)), 50) }`)
    expect(await run(session)).toEqual(GOOD)
  })
})

/** The child misbehaves in its first run only: a file of its own marks that it has done so. */
const once = (bad: string): string => `
  const marker = require('path').join(require('os').tmpdir(), 'memslot-misbehaved-' + process.ppid + '-${Math.random()}')
  on.run = () => { good(); if (require('fs').existsSync(marker)) return end(); require('fs').writeFileSync(marker, ''); ${bad} }`

describe('an implementation that breaks the protocol is named and replaced, and what it answered before is kept', () => {
  const survives = async (bad: string, limits: Partial<StdioLimits> = {}): Promise<StdioFault> => {
    const session = await openChild(once(bad), limits)
    const { events, fault } = await run(session)
    expect(events.slice(0, 2)).toEqual(['call', 'return'])
    expect(await run(session)).toEqual(GOOD)
    expect(fault).not.toBeNull()
    return fault as StdioFault
  }
  /** The same of a program that is found hung; with more time where the machine was too busy for what was right. */
  const survivesHung = async (bad: (ms: number) => string): Promise<StdioFault> => {
    for (let ms = SHORT; ms < LONG; ms *= 4) {
      const fault = await survives(bad(ms), { programMs: ms }).catch(() => null)
      if (fault !== null) return fault
    }
    return survives(bad(LONG), { programMs: LONG })
  }

  it('crashed: by a status', async () => {
    const fault = await survives(`console.error('out of luck'); process.exit(7)`)
    expect(fault).toMatchObject({
      kind: 'crashed',
      during: 'run',
      code: 7,
      signal: null,
      stderr: ['out of luck'],
    })
    expect(sayFault(fault)).toMatch(/ended with status 7 .*\n.*\n {2}out of luck$/)
  })

  it('crashed: by a signal', async () => {
    expect(await survives(`process.kill(process.pid, 'SIGSEGV')`)).toMatchObject({
      kind: 'crashed',
      signal: 'SIGSEGV',
    })
  })

  it('crashed: by ending early with status 0', async () => {
    expect(await survives(`process.exit(0)`)).toMatchObject({ kind: 'crashed', code: 0 })
  })

  it('crashed: in the middle of a line', async () => {
    const fault = await survives(`process.stdout.write('{:half', () => process.exit(1))`)
    expect(fault).toMatchObject({ kind: 'crashed', unfinished: '{:half' })
  })

  it('hung: silent for ever', async () => {
    const fault = await survivesHung(() => `for (;;);`)
    expect(fault).toMatchObject({ kind: 'hung', during: 'run', ms: expect.any(Number) })
  })

  it('hung: in the middle of a line', async () => {
    const fault = await survivesHung(() => `process.stdout.write('{:half')`)
    expect(fault).toMatchObject({ kind: 'hung', unfinished: '{:half' })
    expect(sayFault(fault)).toContain('in the middle of the line "{:half"')
  })

  it('hung: an answer that comes too late, which the next program does not see', async () => {
    expect(await survivesHung(ms => `setTimeout(end, ${2 * ms})`)).toMatchObject({ kind: 'hung' })
  })

  it('is not taken for hung where its answer was there in time, and nobody had come to read it', async () => {
    // The process that judges is kept from running from the first answer until the last is there and the limit over.
    const answered = join(mkdtempSync(join(tmpdir(), 'memslot-answered-')), 'answered')
    const stalledAfter = async (ms: number): Promise<Outcome> => {
      const session = await openChild(
        `on.run = () => { good(); setTimeout(() => { end(); require('fs').writeFileSync('${answered}', '') }, 20) }`,
        { programMs: ms },
      )
      return run(session, undefined, ev => {
        if (ev !== 'return') return
        for (let slept = 0; slept <= ms || !existsSync(answered); slept += 20) sleep(20)
      })
    }
    let outcome = await stalledAfter(SHORT)
    for (let ms = 4 * SHORT; outcome.events.length < 2 && ms < LONG; ms *= 4) outcome = await stalledAfter(ms)
    rmSync(dirname(answered), { recursive: true })
    expect(outcome).toEqual(GOOD)
  })

  it('flooded: a line without end', async () => {
    const fault = await survives(
      `const x = 'x'.repeat(1e5); const go = () => process.stdout.write(x, go); go()`,
      { lineLength: 1e6 },
    )
    expect(fault).toMatchObject({ kind: 'flooded', by: 'line', limit: 1e6 })
  })

  it('flooded: records without end', async () => {
    const fault = await survives(
      `const go = () => { for (let i = 0; i < 100; i++) say({ ev: 'note', text: 'x' }); setImmediate(go) }; go()`,
      { records: 1000 },
    )
    expect(fault).toMatchObject({ kind: 'flooded', by: 'records', limit: 1016 })
  })

  it('flooded: long records without end', async () => {
    const fault = await survives(
      `const text = 'x'.repeat(1e5); const go = () => { say({ ev: 'note', text }); setImmediate(go) }; go()`,
      { runLength: 1e6 },
    )
    expect(fault).toMatchObject({ kind: 'flooded', by: 'length' })
    expect(sayFault(fault)).toMatch(/records of more than 1000\d\d\d characters in all/)
  })

  it('nonsense: no JSON', async () => {
    const fault = await survives(`console.log('Segmentation fault')`)
    expect(fault).toMatchObject({ kind: 'nonsense', at: { line: 5, expected: 'JSON: a value' } })
    expect(sayFault(fault)).toContain(':5:1: found "Segmentation fault", expected JSON')
  })

  it('nonsense: JSON that is no record', async () => {
    expect(await survives(`say({ ev: 'return', of: 1, bitz: [] })`)).toMatchObject({
      kind: 'nonsense',
      at: { path: 'bitz' },
    })
    expect(await survives(`say({ ev: 'retrun', of: 1 })`)).toMatchObject({
      kind: 'nonsense',
      at: { path: 'ev', found: '"retrun"' },
    })
  })

  it('nonsense: bytes that are no UTF-8', async () => {
    const fault = await survives(`process.stdout.write(Buffer.from([0x7b, 0xc3, 0x28, 10]))`)
    expect(fault).toMatchObject({ kind: 'nonsense', at: { line: 5, column: 2, expected: 'UTF-8' } })
  })

  it('nonsense: a key twice', async () => {
    const fault = await survives(
      `console.log(JSON.stringify({ ev: 'note', text: 'a', twice: 'b' }).replace('twice', 'text'))`,
    )
    expect(fault).toMatchObject({
      kind: 'nonsense',
      at: { line: 5, found: 'the key "text" again', expected: 'each key once' },
    })
  })

  it('nonsense: brackets without end', async () => {
    const fault = await survives(`console.log('['.repeat(3000))`)
    expect(fault).toMatchObject({
      kind: 'nonsense',
      at: { column: 65, found: '65 levels of brackets', expected: 'at most 64' },
    })
  })

  it('nonsense: a return twice, and an operation that nobody asked', async () => {
    expect(await survives(`say({ ev: 'return', of: 1, errno: 'ENOENT' })`)).toMatchObject({
      kind: 'nonsense',
      at: { path: 'of', found: '1', expected: 'the number of an operation in progress' },
    })
    expect(await survives(`say({ ev: 'call', n: 2, tid: 0, op: 'get-dirty', as: 0, id: 1 })`)).toMatchObject({
      kind: 'nonsense',
      at: { path: 'op', expected: 'nothing more of thread 0' },
    })
  })

  it('nonsense: an empty line', async () => {
    expect(await survives(`console.log('')`)).toMatchObject({
      kind: 'nonsense',
      at: { line: 5, column: 1, expected: 'JSON: a value' },
    })
  })

  it('nonsense: a header within a run', async () => {
    const fault = await survives(`say({ ev: 'header', format: 'kvm-memslot-trace', version: 1 })`)
    expect(fault).toMatchObject({ kind: 'nonsense', at: { path: 'ev', found: '"header"' } })
  })
})

describe('faults outside a run', () => {
  it('a program that does not exist makes hello and open fail', async () => {
    const target = stdioTarget('/nowhere/model --fast')
    if (isLeft(target)) throw new Error('the command of the test is well formed')
    const expected = { kind: 'not-started', command: '/nowhere/model --fast' }
    expect(await target.right.hello().catch(faultIn)).toMatchObject(expected)
    expect(await target.right.open({}).catch(faultIn)).toMatchObject(expected)
  })

  it('another version of the protocol is refused by name', async () => {
    const fault = await targetOf(
      `const h = on.hello; on.hello = () => say({ name: 'c', version: '1', protocol: 2, features: [], choices: false, limits })`,
    )
      .hello()
      .catch(faultIn)
    expect(fault).toMatchObject({
      kind: 'nonsense',
      during: 'hello',
      at: { path: 'protocol', found: '2', expected: '1' },
    })
  })

  it('a refusal is passed on, and the process lives on', async () => {
    const session = await openChild(
      `let first = true; on.run = () => { if (first) { first = false; return say({ error: 'no vCPUs here' }) } good(); end() }`,
    )
    expect((await run(session)).fault).toEqual(
      new TargetRefusal('no vCPUs here', 'refused "run": no vCPUs here'),
    )
    expect(await run(session)).toEqual(GOOD)
  })

  it('a refusal is passed on in a thousand characters', async () => {
    const fault = await targetOf(`on.open = () => say({ error: 'e'.repeat(1e6) })`).open({}).catch(faultIn)
    const said = `${'e'.repeat(1000)}…`
    expect(fault).toEqual(new TargetRefusal(said, `refused "open": ${said}`))
  })

  it('a name that is longer than a line is nonsense', async () => {
    const hello = `on.hello = () => say({ name: 'n'.repeat(201), version: '1', protocol: 1, features: [], choices: false, limits })`
    const fault = await targetOf(hello).hello().catch(faultIn)
    expect(fault).toMatchObject({
      kind: 'nonsense',
      at: { path: 'name', expected: 'text of at most 200 characters' },
    })
  })

  it.each(['hello', 'open', 'reset', 'close'] as const)(
    'an answer to %s that is owed is not waited for after an interruption',
    async owed => {
      const interruption = new AbortController()
      const words = `${process.execPath} -e "${script(`on.${owed} = () => {}`)}"`
      const target = stdioTarget(words, { ...PATIENT, graceMs: 60_000 }, interruption.signal)
      if (isLeft(target)) throw new Error('the command of the test is well formed')
      const hello = () => target.right.hello()
      const session = owed === 'hello' || owed === 'open' ? null : await target.right.open({})
      const ask = { hello, open: () => target.right.open({}), reset: session?.reset, close: session?.close }
      const asked = ask[owed]?.().then(() => null, faultIn)
      await pause(100)
      interruption.abort()
      const before = performance.now()
      // A session that is closed has said all that counts; one is opened by a hello of its own.
      const fault = await asked
      if (owed === 'close') expect(fault).toBeNull()
      else expect(fault).toMatchObject({ kind: 'interrupted' })
      expect(performance.now() - before).toBeLessThan(30_000)
    },
  )

  it('a configuration may be refused', async () => {
    const fault = await targetOf(`on.open = () => say({ error: 'one space only' })`).open({}).catch(faultIn)
    expect(fault).toEqual(new TargetRefusal('one space only', 'refused "open": one space only'))
  })

  it('a line written when nothing was asked makes the next request fail as nonsense', async () => {
    // In one piece with the answer, so that it has come by then.
    const session = await openChild(
      `on.run = () => { good(); const nl = String.fromCharCode(10); process.stdout.write([{ ev: 'end' }, { ev: 'note', text: 'PS' }].map(o => JSON.stringify(o) + nl).join('')) }`,
    )
    expect(await run(session)).toEqual(GOOD)
    expect((await run(session)).fault).toMatchObject({
      kind: 'nonsense',
      at: { line: 6, expected: 'silence: nothing had been asked' },
    })
    expect(await run(session)).toEqual(GOOD)
  })

  it('a process that ended after its answer makes the next call fail, and is replaced for the one after', async () => {
    const session = await openChild(`on.run = () => { good(); end(); setTimeout(() => process.exit(3), 20) }`)
    expect(await run(session)).toEqual(GOOD)
    const fault = await vi.waitUntil(() => session.reset().then(() => null, faultIn), SOON)
    expect(fault).toMatchObject({
      kind: 'crashed',
      during: 'reset',
      code: 3,
    })
    expect(await run(session)).toEqual(GOOD)
  })

  it('a process that will not close is ended', async () => {
    const session = await openChild(
      `on.run = () => { say({ ev: 'note', text: String(process.pid) }); good(); end() }; on.close = () => {}; setInterval(() => {}, 1000)`,
      { graceMs: 100 },
    )
    const pids = await pidsIn(session)
    expect(pids.map(isRunning)).toEqual([true])
    await session.close()
    await vi.waitUntil(() => !pids.some(isRunning), SOON)
  })

  it.each([
    ['that stays when it is asked to close', ''],
    [
      'that leaves by itself and forgets them',
      `on.close = () => { say({ ok: true }); setTimeout(() => process.exit(0), 20) }`,
    ],
  ])('a process %s is ended with all that it started', async (_, also) => {
    const session = await openChild(`
      const other = require('child_process').spawn('sleep', ['60'], { stdio: 'inherit' })
      on.run = () => { say({ ev: 'note', text: String(other.pid) }); good(); end() }
      ${also}`)
    const pids = await pidsIn(session)
    expect(pids.map(isRunning)).toEqual([true])
    await session.close()
    await vi.waitUntil(() => !pids.some(isRunning), SOON)
  })

  it('another VM is opened in the process that there is, and in another one only after a fault', async () => {
    const session = await openChild(
      `on.run = () => { say({ ev: 'note', text: String(process.pid) }); if (++runs === 3) process.exit(1); good(); end() }`,
    )
    const pids: string[] = []
    const ask = () =>
      session
        .run(program, r => void (r.ev === 'note' && pids.push(r.text)), new AbortController().signal)
        .catch(() => {})
    for (let i = 0; i < 4; i++) {
      await session.open?.({})
      await ask()
    }
    expect(pids.map(pid => pids.indexOf(pid))).toEqual([0, 0, 0, 3])
  })

  it.each([
    // Node's detached is setsid.
    [
      'its group by setsid',
      `require('child_process').spawn('sleep', ['60'], { stdio: 'ignore', detached: true }).pid`,
    ],
    [
      'its group and its parent',
      `Number(require('child_process').execSync('setsid sleep 60 > /dev/null 2>&1 & echo $!'))`,
    ],
  ])('a process that has left %s is ended too', async (_, other) => {
    const session = await openChild(`
      const other = ${other}
      on.run = () => { say({ ev: 'note', text: String(other) }); good(); end() }`)
    const pids = await pidsIn(session)
    expect(pids.map(isRunning)).toEqual([true])
    await session.close()
    await vi.waitUntil(() => !pids.some(isRunning), SOON)
  })

  it('a stop ends the program without a fault, and keeps what was heard', async () => {
    const session = await openChild(`on.run = good`)
    const stop = new AbortController()
    const whenAnswered = (ev: string) => ev === 'return' && setTimeout(() => stop.abort())
    expect(await run(session, stop.signal, whenAnswered)).toEqual(GOOD)
    expect(await run(session, stop.signal)).toEqual({ events: [], fault: null })
  })
})
