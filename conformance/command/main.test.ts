import { execFileSync, spawn, spawnSync } from 'node:child_process'
import { closeSync, existsSync, mkdtempSync, openSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { describe, expect, it, vi } from 'vitest'
import { packageRoot } from '../package-root.js'

interface Ended {
  readonly code: number | null
  readonly out: string
  readonly err: string
}

/** The command as a process of its own. `meanwhile` is called while it runs. */
const run = (argv: readonly string[], meanwhile: (child: ReturnType<typeof spawn>) => void): Promise<Ended> =>
  new Promise(resolve => {
    const child = spawn(process.execPath, ['--import', 'tsx', 'conformance/command/main.ts', ...argv], {
      cwd: packageRoot(),
    })
    const heard = { out: '', err: '' }
    child.stdout.on('data', piece => {
      heard.out += piece
    })
    child.stderr.on('data', piece => {
      heard.err += piece
    })
    child.on('close', code => resolve({ code, ...heard }))
    meanwhile(child)
  })

const trace = join('conformance', 'command', 'fixtures', 'conforming.ndjson')

describe('the process of memslot', () => {
  it('ends with the status of its verb', async () => {
    expect((await run(['check', trace], () => {})).code).toBe(0)
    expect((await run(['check', 'nowhere'], () => {})).code).toBe(2)
  })

  it('does not crash when its reader closes the pipe', async () => {
    const { code, err } = await run(['rules'], child => child.stdout?.destroy())
    expect([code, err]).toEqual([0, ''])
  })

  it('keeps what it has when it is interrupted, although its input does not end', async () => {
    const { code, out, err } = await run(['check', trace, '-'], child => {
      child.stdin?.write('{"ev":"header"')
      child.stdout?.once('data', () => child.kill('SIGINT')) // the first trace has been judged
    })
    expect(code).toBe(130)
    expect(out).toContain('conforms')
    expect(err).toBe('memslot: standard input: found an interruption, expected to reach the end\n')
  })

  it.each([
    ['SIGTERM', 143],
    ['SIGHUP', 129],
  ] as const)('keeps what it has at %s, and ends its children', async (signal, status) => {
    // A child that never answers once it runs: it writes a file before.
    const ran = join(mkdtempSync(join(tmpdir(), 'memslot-signal-')), 'ran')
    const silent = `const say = o => console.log(JSON.stringify(o)); require('readline').createInterface({ input: process.stdin }).on('line', l => { const m = JSON.parse(l); if (m.do === 'hello') say({ name: 'silent', version: '1', protocol: 1, features: ['set', 'spaces'], choices: false, limits: { spaces: 2, slots: 32764, maxGfn: '0xffffffffff', entries: 1 } }); else if (m.do === 'run') require('fs').writeFileSync('${ran}', ''); else say({ ok: true }) })`
    const target = `stdio:${process.execPath} -e "${silent.replaceAll('"', "'")}"`
    const argv = ['conform', '--smoke', '--filter', 'by-hand/', '--target', target, '--json']
    const { code, out } = await run(argv, child => {
      const looking = setInterval(() => {
        if (!existsSync(ran)) return
        clearInterval(looking)
        child.kill(signal)
      }, 20)
      child.once('close', () => clearInterval(looking))
    })
    rmSync(dirname(ran), { recursive: true })
    const report = JSON.parse(out) as { readonly schema: string; readonly interrupted: boolean }
    expect([code, report.schema, report.interrupted]).toEqual([status, 'memslot-conform', true])
    // One that was killed is gone by and by. Other tests have silent targets as well, which write other files.
    const isLeft = () => execFileSync('ps', ['-eo', 'args'], { encoding: 'utf8' }).includes(ran)
    await vi.waitUntil(() => !isLeft(), { timeout: 60_000, interval: 50 })
  })

  it('says that it could not write, where standard output is full', async () => {
    const full = openSync('/dev/full', 'w')
    const argv = ['--import', 'tsx', 'conformance/command/main.ts', 'rules']
    const { status, stderr } = spawnSync(process.execPath, argv, {
      cwd: packageRoot(),
      stdio: ['ignore', full, 'pipe'],
      encoding: 'utf8',
    })
    closeSync(full)
    const says =
      'memslot: standard output: found no space left (ENOSPC), expected a file that can be written\n'
    expect([status, stderr]).toEqual([2, says])
  })

  it('paints nothing into a pipe', async () => {
    const { out } = await run(['conform', '--smoke', '--filter', 'by-hand/order'], () => {})
    expect(out).not.toContain('\u001b')
  })
})
