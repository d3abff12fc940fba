import type { Readable, Writable } from 'node:stream'
import { type Either, isLeft, left } from 'fp-ts/lib/Either.js'
import { match } from 'ts-pattern'
import { type InputError, type Origin, printInputError } from '../../../oracle/wire/decode.js'
import { TraceRecordCodec } from '../../../oracle/wire/record.js'
import type { StopSignal } from '../stop-signal.js'
import { HelloCodec, type Session, type Target } from '../target.js'
import { TargetRefusal } from '../target-error.js'
import { PROTOCOL, type Request, requestOf } from './messages.js'
import { type HeardLine, requestLines } from './request-lines.js'

/** Bytes that a request may have: more than a program of any case, and no more than memory has room for. */
const LONGEST = 128 << 20

type Say = (message: unknown) => void

/** Why a request could not be carried out: in the target's own words, where it refused. */
const because = (reason: unknown): string =>
  reason instanceof TargetRefusal ? reason.because : String(reason)

/** The request of a line. */
const understood = (one: HeardLine, origin: Origin, longest: number): Either<InputError, Request> => {
  switch (one.kind) {
    case 'text':
      return requestOf(one.text, origin)
    case 'no-utf8':
      return left({ ...origin, column: one.column, path: '', found: one.found, expected: 'UTF-8' })
    case 'endless':
      return left({
        ...origin,
        path: '',
        found: `more than ${longest} bytes`,
        expected: 'the end of the line',
      })
  }
}

/** Answers the requests of one conversation, with at most one VM. Rejects where the target does. */
const answering = (target: Target, say: Say, stop: StopSignal) => {
  let session: Session | null = null
  const close = async (): Promise<void> => {
    const closing = session
    session = null
    await closing?.close()
  }
  const answer = (request: Request): Promise<void> =>
    match(request)
      .with({ do: 'hello' }, async ({ protocol }) => {
        if (protocol !== PROTOCOL) return say({ error: `this speaks protocol ${PROTOCOL}, not ${protocol}` })
        say(HelloCodec.encode(await target.hello()))
      })
      .with({ do: 'open' }, async ({ config }) => {
        await close()
        session = await target.open(config)
        say({ ok: true })
      })
      .with({ do: 'reset' }, async ({ config }) => {
        if (session === null) return say({ error: 'reset before open' })
        await session.reset(config)
        say({ ok: true })
      })
      .with({ do: 'run' }, async ({ program }) => {
        if (session === null) return say({ error: 'run before open' })
        await session.run(program, record => say(TraceRecordCodec.encode(record)), stop)
        say({ ev: 'end' })
      })
      .with({ do: 'close' }, async () => {
        await close()
        say({ ok: true })
      })
      .exhaustive()
  return { answer, close }
}

/** Characters of answers that are written together: a line of its own costs the reader more than what it says. */
const TOGETHER = 4096

/** Writes lines, those of one moment together. A program that gives way has said everything that went before. */
const speaking = (output: Writable, stop: StopSignal) => {
  let lines = ''
  const write = (then: () => void = () => {}): void => {
    const text = lines
    lines = ''
    if (stop.aborted) then()
    else output.write(text, () => then()) // called when everything before it has been handed on
  }
  const say: Say = message => {
    if (lines === '') setImmediate(write)
    lines += `${JSON.stringify(message)}\n`
    if (lines.length >= TOGETHER) write()
  }
  return { say, heard: () => new Promise<void>(write) }
}

/**
 * Serves a target in the protocol: one request a line on `input`, answers on `output`, until `input` ends, has a line
 * without end, or `output` is closed. A request that cannot be understood or carried out is answered with its reason,
 * and the conversation goes on. Resolves when everything has been answered and the VM is closed; rejects where `input`
 * cannot be read.
 */
export const serve = async (
  target: Target,
  input: Readable,
  output: Writable,
  longest = LONGEST,
): Promise<void> => {
  const stop = new AbortController()
  output.on('error', () => {
    stop.abort()
    input.destroy()
  })
  const { say, heard } = speaking(output, stop.signal)
  const { answer, close } = answering(target, say, stop.signal)
  let line = 0
  try {
    for await (const one of requestLines(input, longest)) {
      line++
      if (stop.signal.aborted) break
      const request = understood(one, { file: 'stdin', line }, longest)
      if (isLeft(request)) say({ error: printInputError(request.left) })
      else await answer(request.right).catch((reason: unknown) => say({ error: because(reason) }))
      await heard()
    }
  } catch (error) {
    if (!stop.signal.aborted) throw error
  } finally {
    await close()
  }
}
