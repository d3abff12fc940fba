import { spawn } from 'node:child_process'
import { guard, killStarted, newMark, release } from '../../targets/stdio/process-group.js'

export interface Ended {
  /** Null where a signal ended it. */
  readonly status: number | null
  readonly out: string
  readonly err: string
}

export interface ProcessOptions {
  readonly cwd: string
  readonly stop: AbortSignal
  readonly stdin?: string
  readonly env?: Readonly<Record<string, string>>
  /** Milliseconds after which it is killed. */
  readonly timeLimit?: number
}

/**
 * Runs a process to its end and keeps what it printed. An interruption ends it, and what it has started: a compiler that
 * is a process of its own would hold the pipes open.
 */
export const runProcess = (
  file: string,
  args: readonly string[],
  { cwd, stop, stdin = '', env = {}, timeLimit }: ProcessOptions,
): Promise<Ended> =>
  new Promise(resolve => {
    const { mark, env: marked } = newMark()
    const child = spawn(file, args, { cwd, env: { ...process.env, ...env, ...marked }, detached: true })
    const started = child.pid === undefined ? null : { leader: child.pid, mark }
    const end = (): void => {
      if (started !== null) killStarted(started)
    }
    if (started !== null) guard(started)
    if (stop.aborted) end()
    stop.addEventListener('abort', end)
    const timer = timeLimit === undefined ? undefined : setTimeout(end, timeLimit)
    let out = ''
    let err = ''
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      out += text
    })
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      err += text
    })
    child.stdin.on('error', () => {}) // a process that reads nothing may be gone before everything is written
    child.stdin.end(stdin)
    const ended = (of: Ended): void => {
      clearTimeout(timer)
      stop.removeEventListener('abort', end)
      if (started !== null) release(started)
      resolve(of)
    }
    // The end follows either way, except where the process never began.
    child.on('error', error => {
      if (started === null) ended({ status: null, out, err: error.message })
    })
    child.on('close', status => ended({ status, out, err }))
  })
