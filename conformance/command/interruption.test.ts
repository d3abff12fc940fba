import { execFileSync, spawn } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
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

/** A target that never answers one kind of request. */
const SILENT = `const [, , silent] = process.argv
const say = o => console.log(JSON.stringify(o))
const hello = { name: 'silent', version: '1', protocol: 1, features: ['set', 'spaces'], choices: false, limits: { spaces: 2, slots: 32764, maxGfn: '0xffffffffff', entries: 1 } }
require('node:readline').createInterface({ input: process.stdin }).on('line', line => {
  const { do: what } = JSON.parse(line)
  if (what !== silent) say(what === 'hello' ? hello : { ok: true })
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

/** Resolves once a process has used so much that it is at work, or is at work no longer. */
const begun = async (pid: number | undefined): Promise<void> => {
  for (let [used, since] = [0, performance.now()]; ; await setTimeout(20)) {
    const now = usedBy(pid)
    if (now === null || now >= BEGUN) return
    if (now > used || now < BEGUN / 3) [used, since] = [now, performance.now()]
    else if (performance.now() - since > WAITING) return
  }
}

const interrupt = async (argv: readonly string[]): Promise<Interrupted> => {
  const mark = randomUUID()
  // Its input stays open.
  const env = { ...process.env, MARK: mark }
  const child = spawn(process.execPath, [main, ...argv], { env, cwd: directory })
  const closed = once(child, 'close')
  let said = ''
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', piece => {
      said += piece
    })
  await begun(child.pid)
  const [before, at] = [usedBy(child.pid) ?? 0, performance.now()]
  let used = before
  const watch = setInterval(() => {
    used = usedBy(child.pid) ?? used
  }, 20)
  child.kill('SIGINT')
  const [status] = await closed
  clearInterval(watch)
  const ms = performance.now() - at
  // One that was killed is gone by and by.
  for (const end = performance.now() + IN_ANY_CASE; left(mark).length > 0 && performance.now() < end; )
    await setTimeout(20)
  return { status, used: used - before, ms, said, left: left(mark) }
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
    it.concurrent.each<readonly [string, readonly string[]]>([
      ['conform', ['conform', '--full']],
      ['conform --target spec', ['conform', '--target', 'spec']],
      ['conform on a pipe', ['conform', '--filter', 'by-hand/', '--full', '--target', served]],
      ['conform, no answer to hello', ['conform', '--filter', 'by-hand/', '--target', silent('hello')]],
      ['conform, no answer to open', ['conform', '--filter', 'by-hand/', '--target', silent('open')]],
      ['conform, no answer to reset', ['conform', '--filter', 'by-hand/', '--target', silent('reset')]],
      ['conform, no answer to run', ['conform', '--filter', 'by-hand/', '--target', silent('run')]],
      ['fuzz', ['fuzz', '--runs', '1000000']],
      ['fuzz on a pipe', ['fuzz', '--runs', '1000000', '--target', served]],
      ['fuzz --facade', ['fuzz', '--runs', '1000000', '--facade']],
      ['stress', ['stress', '--seconds', '60']],
      ['stress --kill', ['stress', '--kill', '--seconds', '60']],
      ['check', ['check', ...Array<string>(20).fill('long.ndjson')]],
      ['check of an input that does not end', ['check', '-']],
      ['check of a FIFO that nobody writes', ['check', 'fifo']],
      ['audit of a FIFO that nobody writes', ['audit', 'fifo']],
      ['explore, its trace into a FIFO that nobody reads', [...FAILS, '--trace', 'fifo']],
      ['replay', ['replay', 'long.ndjson']],
      ['replay --target spec', ['replay', 'long.ndjson', '--target', 'spec']],
      ['audit', ['audit', 'long.strace']],
      ['audit of an input that does not end', ['audit', '-']],
      ['walk of an input that does not end', ['walk', '--cr3', '0x1000', '--rip', '0', '-']],
      ['designs', ['designs']],
      ['explore', ['explore', '1:0+4@0 -> 1:0+4@4', '--vcpus', '3']],
      ['matter', ['matter']],
      ['mutants', ['mutants']],
      ['bench', ['bench']],
      ['bench threads', ['bench', 'threads']],
      ['cases freeze', ['cases', 'freeze', '--check']],
      ['cases --export', ['cases', '--export', 'json', 'exported']],
      ['book', ['book', '--out', 'book']],
    ])('%s', async (_, argv) => {
      const { status, used, ms, said, left } = await inTurn(() => interrupt(argv))
      expect([status, left]).toEqual([130, []])
      expect(said).toMatch(/interrupt|not waited for|search stopped|nobody who reads it/)
      expect(used).toBeLessThan(ENDS_WITHIN)
      expect(ms).toBeLessThan(IN_ANY_CASE)
    })
  },
)
