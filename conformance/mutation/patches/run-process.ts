import { spawn } from 'node:child_process'

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

/** Runs a process to its end and keeps what it printed. An interruption ends it. */
export const runProcess = (
  file: string,
  args: readonly string[],
  { cwd, stop, stdin = '', env = {}, timeLimit }: ProcessOptions,
): Promise<Ended> =>
  new Promise(resolve => {
    const child = spawn(file, args, {
      cwd,
      env: { ...process.env, ...env },
      signal: stop,
      // An endless loop handles no signal.
      ...(timeLimit === undefined ? {} : { timeout: timeLimit, killSignal: 'SIGKILL' }),
    })
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
    // An abort reports an error and kills; the end follows either way, except where the process never began.
    child.on('error', error => {
      if (child.pid === undefined) resolve({ status: null, out, err: error.message })
    })
    child.on('close', status => resolve({ status, out, err }))
  })
