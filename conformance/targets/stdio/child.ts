import { spawn } from 'node:child_process'
import { StringDecoder } from 'node:string_decoder'
import { boundedLines, lastLines } from './bounded-lines.js'
import type { StdioLimits } from './limits.js'
import { guard, killStarted, newMark, release } from './process-group.js'

/** Why no more lines will come. */
export type Ending =
  | { readonly kind: 'not-started'; readonly because: string }
  | { readonly kind: 'exited'; readonly code: number | null; readonly signal: string | null }
  | { readonly kind: 'endless-line' }
  /** A line with bytes that are no UTF-8, and the column of the first of them. */
  | { readonly kind: 'no-utf8'; readonly number: number; readonly column: number }

export interface Listener {
  /** A line of stdout and its number, from 1. */
  line(text: string, number: number): void
  /** Called once, after the last line. */
  end(ending: Ending): void
}

/** A process that is spoken to in lines. */
export interface Child {
  send(text: string): void
  /** No more will be sent. */
  finish(): void
  /** What came after the last line end, cut to 80 characters. */
  unfinished(): string
  stderr(): readonly string[]
  kill(): void
  /** Resolves when the process has gone, whatever the reason. Never rejects. */
  readonly gone: Promise<void>
}

/**
 * Decodes bytes that arrive in pieces. Once bytes were no UTF-8, `isWhole` is false, and U+FFFD stands in the text for
 * the first of them.
 */
const utf8Pieces = (): ((bytes: Buffer) => { readonly text: string; readonly isWhole: boolean }) => {
  const strict = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
  const lax = new StringDecoder('utf8')
  let isWhole = true
  return bytes => {
    const text = lax.write(bytes)
    try {
      if (isWhole) strict.decode(bytes, { stream: true })
    } catch {
      isWhole = false
    }
    return { text, isWhole }
  }
}

/** How long pipes may stay open after the process has gone: a process that left the group may hold them. */
const PIPES_MS = 500

/** Starts a process in a group of its own; no shell is involved. */
export const startChild = (
  [program, ...args]: readonly [string, ...string[]],
  limits: StdioLimits,
  listener: Listener,
): Child => {
  const { mark, env } = newMark()
  const child = spawn(program, args, {
    stdio: ['pipe', 'pipe', 'pipe'],
    detached: true,
    env: { ...process.env, ...env },
  })
  const started = child.pid === undefined ? null : { leader: child.pid, mark }
  const lines = boundedLines(limits.lineLength)
  const noise = lastLines()
  let number = 0
  let over = false
  const end = (ending: Ending): void => {
    if (over) return
    over = true
    listener.end(ending)
  }
  const kill = (): void => {
    if (started !== null) killStarted(started)
  }

  if (started !== null) guard(started)
  child.stdin.on('error', () => {}) // EPIPE: its exit says that it has gone
  child.stderr.setEncoding('utf8').on('data', (piece: string) => noise.push(piece))
  const decoder = utf8Pieces()
  child.stdout.on('data', (bytes: Buffer) => {
    if (over) return
    const { text: piece, isWhole } = decoder(bytes)
    const complete = lines.push(piece)
    for (const text of complete.lines) {
      const column = isWhole ? -1 : text.indexOf('\ufffd')
      if (over) return
      if (column < 0) listener.line(text, ++number)
      else {
        end({ kind: 'no-utf8', number: ++number, column: column + 1 })
        kill()
      }
    }
    if (complete.endless) {
      end({ kind: 'endless-line' })
      kill()
    }
  })

  const gone = new Promise<void>(resolve => {
    child.once('error', error => {
      end({ kind: 'not-started', because: error.message })
      resolve()
    })
    child.once('exit', (code, signal) => {
      kill() // a process it started would hold the pipes open
      if (started !== null) release(started)
      const closed = () => {
        clearTimeout(patience)
        end({ kind: 'exited', code, signal })
        resolve()
      }
      const abandon = () => {
        child.stdout.destroy()
        child.stderr.destroy()
        closed()
      }
      // What is in the pipes is read first: this process may have been kept from running meanwhile.
      const patience = setTimeout(() => setImmediate(abandon), PIPES_MS)
      child.once('close', closed)
    })
  })

  return {
    send: text => void child.stdin.write(text),
    finish: () => void child.stdin.end(),
    unfinished: () => lines.rest().slice(0, 80),
    stderr: noise.lines,
    kill: () => {
      over = true
      kill()
    },
    gone,
  }
}
