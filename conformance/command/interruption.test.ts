import { execFileSync, spawn } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { constants, tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { packageRoot } from '../package-root.js'

/** Milliseconds of processor time after which a verb is interrupted: it has begun, and would go on for long. */
const BEGUN = 600
/** One that waits for others uses none for so long. */
const WAITING = 400
/** Milliseconds of processor time in which it ends, and of any time: other tests run beside this one. */
const ENDS_WITHIN = 1000
const IN_ANY_CASE = 8000
/** One that was through before it was interrupted, or ended late, is asked again: the machine may have had no time for it. */
const ATTEMPTS = 4
/** How many run side by side. */
const AT_ONCE = 2

const directory = mkdtempSync(join(tmpdir(), 'memslot-interrupted-'))
const at = (name: string): string => join(directory, name)
const main = join(packageRoot(), 'dist', 'conformance', 'command', 'main.js')

const hex = (n: number): string => `0x${n.toString(16)}`

/** A hundred thousand calls of one thread, each with its success. */
const trace = (): string => {
  const lines = [{ ev: 'header', format: 'kvm-memslot-trace', version: 1, profile: 'linux', config: {} }].map(
    header => JSON.stringify(header),
  )
  for (let n = 1; n <= 100_000; n++) {
    const call = { ev: 'call', n, tid: 0, op: 'set', as: 0, id: n % 9, flags: 0 }
    const size = Math.floor(n / 9) % 2 === 0 ? '0x1000' : '0x0'
    lines.push(JSON.stringify({ ...call, gpa: hex((n % 9) * 8192), size, hva: '0x7f0000000000' }))
    lines.push(JSON.stringify({ ev: 'return', of: n }))
  }
  return `${lines.join('\n')}\n`
}

/** As many memslot calls as strace writes them. */
const recording = (): string => {
  const lines = ['10 1795348284.000001 ioctl(3</dev/kvm>, KVM_CREATE_VM, 0) = 9<anon_inode:kvm-vm>']
  for (let n = 0; n < 100_000; n++) {
    const region = `{slot=${n % 30_000}, flags=0, guest_phys_addr=${hex((n % 30_000) * 8192)}, memory_size=${n % 60_000 < 30_000 ? 4096 : 0}, userspace_addr=0x7f0000000000}`
    const time = `${1_795_348_284 + Math.floor(n / 50_000)}.${String((n * 20) % 1_000_000).padStart(6, '0')}`
    lines.push(`10 ${time} ioctl(9<anon_inode:kvm-vm>, KVM_SET_USER_MEMORY_REGION, ${region}) = 0 <0.000010>`)
  }
  return `${lines.join('\n')}\n`
}

/** A target that never answers one kind of request, and makes a file of its name when it is asked. */
const SILENT = `const [, , silent] = process.argv
const say = o => console.log(JSON.stringify(o))
const hello = { name: 'silent', version: '1', protocol: 1, features: ['set', 'spaces'], choices: false, limits: { spaces: 2, slots: 32764, maxGfn: '0xffffffffff', entries: 1 } }
require('node:readline').createInterface({ input: process.stdin }).on('line', line => {
  const { do: what } = JSON.parse(line)
  if (what === silent) require('node:fs').writeFileSync('asked-' + silent, '')
  else say(what === 'hello' ? hello : { ok: true })
})
`

beforeAll(() => {
  writeFileSync(at('long.ndjson'), trace())
  writeFileSync(at('long.strace'), recording())
  writeFileSync(at('silent.cjs'), SILENT)
  execFileSync('mkfifo', [at('fifo')])
})
afterAll(() => rmSync(directory, { recursive: true }))

const silent = (what: string): string => `stdio:${process.execPath} ${at('silent.cjs')} ${what}`
/** A verb by name, its arguments, and a file that is there once it is to be interrupted; none: once it is at work. */
type Row = readonly [string, readonly string[], string | null]
const working = (name: string, ...argv: readonly string[]): Row => [name, argv, null]
/** A run whose target does not answer, and the file that is there once it waits for the answer. */
const unanswered = (what: string): Row => [
  `conform, no answer to ${what}`,
  ['conform', '--filter', 'by-hand/', '--target', silent(what)],
  `asked-${what}`,
]
const FAILS = ['explore', '1:0+1@0 -> 1:0+1@1', '--design', 'sequential', '--property', 'no-hole']
const served = `stdio:${process.execPath} ${main} serve impl`

/** Processes with this mark in their environment: those that the command has started and left. */
const left = (mark: string): readonly string[] =>
  readdirSync('/proc').filter(pid => {
    try {
      return /^\d+$/.test(pid) && readFileSync(`/proc/${pid}/environ`, 'latin1').includes(mark)
    } catch {
      return false // it has gone
    }
  })

interface Interrupted {
  readonly status: number | null
  /** Whether it ended by itself, before the signal. */
  readonly early: boolean
  /** Milliseconds from the signal to the end: of the processor, and in all. */
  readonly used: number
  readonly ms: number
  readonly said: string
  readonly left: readonly string[]
}

/** Milliseconds of processor time that a process has used; null where it has gone. */
const usedBy = (pid: number | undefined): number | null => {
  try {
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
      .replace(/^.*\) /s, '')
      .split(' ')
    return (Number(fields[11]) + Number(fields[12])) * 10 // in hundredths of a second
  } catch {
    return null
  }
}

/** Whether a process takes signals in hand: the last but one for which the command installs what is done at them. */
const hearsSignals = (pid: number | undefined): boolean => {
  const caught = /^SigCgt:\s*([0-9a-f]+)$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? '0'
  return (BigInt(`0x${caught}`) & (1n << BigInt(constants.signals.SIGHUP - 1))) !== 0n
}

/** Whether every thread of a process waits for something. One that is kept from running does not. */
const isAsleep = (pid: number | undefined): boolean =>
  readdirSync(`/proc/${pid}/task`).every(thread =>
    /\) S [^)]*$/.test(readFileSync(`/proc/${pid}/task/${thread}/stat`, 'utf8')),
  )

/** Resolves once a process has used so much that it is at work, or waits for others, or has gone. */
const begun = async (pid: number | undefined): Promise<void> => {
  try {
    for (let [used, since] = [0, performance.now()]; ; await setTimeout(20)) {
      const now = usedBy(pid)
      if (now === null || (now >= BEGUN && hearsSignals(pid))) return
      const waits = now === used && hearsSignals(pid) && isAsleep(pid)
      if (!waits) [used, since] = [now, performance.now()]
      else if (performance.now() - since > WAITING) return
    }
  } catch {
    return // it has gone between two looks
  }
}

/** Interrupts a verb once there is a file of this name, or where none is named once it is at work. */
const interrupt = async (argv: readonly string[], sign: string | null): Promise<Interrupted> => {
  const mark = randomUUID()
  if (sign !== null) rmSync(at(sign), { force: true })
  // Its input stays open.
  const env = { ...process.env, MARK: mark }
  const child = spawn(process.execPath, [main, ...argv], { env, cwd: directory })
  const closed = once(child, 'close')
  let said = ''
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', piece => {
      said += piece
    })
  if (sign === null) await begun(child.pid)
  else while (!existsSync(at(sign)) && child.exitCode === null) await setTimeout(20)
  const [before, since] = [usedBy(child.pid) ?? 0, performance.now()]
  let used = before
  const watch = setInterval(() => {
    used = usedBy(child.pid) ?? used
  }, 20)
  const early = !child.kill('SIGINT')
  const [status] = await closed
  clearInterval(watch)
  const ms = performance.now() - since
  // One that was killed is gone by and by.
  for (const end = performance.now() + IN_ANY_CASE; left(mark).length > 0 && performance.now() < end; )
    await setTimeout(20)
  return { status, early: early || status === 0, used: used - before, ms, said, left: left(mark) }
}

/** The same, once more where it came too early or too late for reasons of the machine. */
const interruptInTime = async (argv: readonly string[], sign: string | null): Promise<Interrupted> => {
  for (let attempt = 1; ; attempt++) {
    const ended = await interrupt(argv, sign)
    const isInTime = !ended.early && ended.used < ENDS_WITHIN && ended.ms < IN_ANY_CASE
    if (isInTime || attempt === ATTEMPTS) return ended
  }
}

/** Does a job when one of few places is free. */
const places = Array.from({ length: AT_ONCE }, () => Promise.resolve())
let next = 0
const inTurn = <A>(job: () => Promise<A>): Promise<A> => {
  const place = next++ % AT_ONCE
  const done = (places[place] as Promise<void>).then(job)
  places[place] = done.then(
    () => {},
    () => {},
  )
  return done
}

describe.skipIf(process.platform !== 'linux')(
  'SIGINT ends within a second, with the results so far and no process left,',
  () => {
    it.concurrent.each<Row>([
      working('conform', 'conform', '--full'),
      working('conform --target spec', 'conform', '--target', 'spec'),
      working('conform on a pipe', 'conform', '--filter', 'by-hand/', '--full', '--target', served),
      unanswered('hello'),
      unanswered('open'),
      unanswered('reset'),
      unanswered('run'),
      working('fuzz', 'fuzz', '--runs', '1000000'),
      working('fuzz on a pipe', 'fuzz', '--runs', '1000000', '--target', served),
      working('fuzz --facade', 'fuzz', '--runs', '1000000', '--facade'),
      working('stress', 'stress', '--seconds', '60'),
      working('stress --kill', 'stress', '--kill', '--seconds', '60'),
      working('check', 'check', ...Array<string>(20).fill('long.ndjson')),
      working('check of an input that does not end', 'check', '-'),
      working('check of a FIFO that nobody writes', 'check', 'fifo'),
      working('audit of a FIFO that nobody writes', 'audit', 'fifo'),
      working('explore, its trace into a FIFO that nobody reads', ...FAILS, '--trace', 'fifo'),
      working('replay', 'replay', 'long.ndjson'),
      working('replay --target spec', 'replay', 'long.ndjson', '--target', 'spec'),
      working('audit', 'audit', 'long.strace'),
      working('audit of an input that does not end', 'audit', '-'),
      working('walk of an input that does not end', 'walk', '--cr3', '0x1000', '--rip', '0', '-'),
      working('designs', 'designs'),
      working('explore', 'explore', '1:0+4@0 -> 1:0+4@4', '--vcpus', '3'),
      working('matter', 'matter'),
      working('mutants', 'mutants'),
      working('bench', 'bench'),
      working('bench threads', 'bench', 'threads'),
      working('cases freeze', 'cases', 'freeze', '--check'),
      working('cases --export', 'cases', '--export', 'json', 'exported'),
      working('book', 'book', '--out', 'book'),
    ])('%s', async (_, argv, sign) => {
      const { status, used, ms, said, left } = await inTurn(() => interruptInTime(argv, sign))
      expect([status, left], said).toEqual([130, []])
      expect(said).toMatch(/interrupt|not waited for|search stopped|nobody who reads it/)
      expect(used).toBeLessThan(ENDS_WITHIN)
      expect(ms).toBeLessThan(IN_ANY_CASE)
    })
  },
)
