import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
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

  it('paints nothing into a pipe', async () => {
    const { out } = await run(['conform', '--smoke', '--filter', 'by-hand/order'], () => {})
    expect(out).not.toContain('\u001b')
  })
})
