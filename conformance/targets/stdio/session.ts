import { type Either, isLeft, map, right } from 'fp-ts/lib/Either.js'
import type { Config } from '../../../oracle/wire/config.js'
import type { InputError, Origin } from '../../../oracle/wire/decode.js'
import { holdRecords } from '../hold-records.js'
import type { StopSignal } from '../stop-signal.js'
import type { Hello, Session } from '../target.js'
import { type Conversation, converse, type Hear, type Heard } from './conversation.js'
import { errorOf, type StdioFault } from './fault.js'
import { maxRecords, type StdioLimits } from './limits.js'
import {
  type Answer,
  helloAnswer,
  okAnswer,
  PROTOCOL,
  type Request,
  requestLine,
  runAnswer,
} from './messages.js'

/** A program to start, and the limits of its answers. */
export interface Started {
  readonly words: readonly [string, ...string[]]
  readonly limits: StdioLimits
  /** Ends every wait for an answer. */
  readonly interruption: StopSignal
}

type Decode<A> = (line: string, origin: Origin) => Either<InputError, Answer<A>>

/** Hears an answer line by line; `take` says whether the line was the last. */
const hearing =
  <A>(decode: Decode<A>, take: (value: A) => Heard): Hear =>
  (line, origin) =>
    map((a: Answer<A>): Heard => (a.kind === 'refused' ? a : take(a.value)))(decode(line, origin))

const hearOk = hearing(okAnswer, () => ({ kind: 'all' }))

const okOrThrow = <A>(outcome: Either<StdioFault, A>): A => {
  // A target has no other way to say that there is no answer.
  if (isLeft(outcome)) throw errorOf(outcome.left)
  return outcome.right
}

/** Starts the process and asks for its hello; after a fault no process is left. */
export const greet = async ({
  words,
  limits,
  interruption,
}: Started): Promise<Either<StdioFault, { readonly hello: Hello; readonly conversation: Conversation }>> => {
  const conversation = converse(words, limits, interruption)
  const heard: Hello[] = []
  const hear = hearing(helloAnswer, hello => {
    heard.push(hello)
    return { kind: 'all' }
  })
  const asked = await conversation.ask({ do: 'hello', protocol: PROTOCOL }, hear, limits.answerMs)
  if (isLeft(asked)) {
    await conversation.end()
    return asked
  }
  return right({ hello: heard[0] as Hello, conversation }) // asked is right only after it was heard
}

/**
 * A VM in another process. A fault ends that process; the next call starts another, and its VM is a fresh one. What
 * was emitted before a fault stays emitted. A process that dies between two calls makes the second one fail.
 */
export const openStdioSession = async (started: Started, first: Config): Promise<Session> => {
  const { limits } = started
  let config = first
  let numbers = new Set<number>() // of the operations of this VM
  let conversation: Conversation | null = null

  const restart = async (): Promise<Conversation> => {
    await conversation?.end()
    conversation = null
    const { conversation: greeted } = okOrThrow(await greet(started))
    const opened = await greeted.ask({ do: 'open', config }, hearOk, limits.answerMs)
    if (isLeft(opened)) await greeted.end()
    okOrThrow(opened)
    numbers = new Set()
    conversation = greeted
    return greeted
  }
  const live = async (): Promise<Conversation> =>
    conversation === null || conversation.over() ? restart() : conversation

  await restart()
  return {
    run: async (program, emit, stop) => {
      const operations = program.threads.reduce((sum, { ops }) => sum + ops.length, 0)
      const limit = maxRecords(limits, operations)
      let records = 0
      const asked = await live()
      const held = holdRecords(program, numbers)
      const hear = hearing(runAnswer, record => {
        if (record.ev !== 'end' && ++records > limit) return { kind: 'too-many', limit }
        const misfit = held.take(record) ?? (record.ev === 'end' ? held.missing() : null)
        if (misfit !== null) return { kind: 'misfit', misfit }
        if (record.ev === 'end') return { kind: 'all' }
        emit(record)
        return { kind: 'more' }
      })
      const request: Request = { do: 'run', program }
      const room = limits.runLength + 2 * requestLine(request).length
      let length = 0
      const hearWithin: Hear = (line, origin) => {
        length += line.length
        return length > room ? right({ kind: 'too-long', limit: room }) : hear(line, origin)
      }
      okOrThrow(await asked.ask(request, hearWithin, limits.programMs, stop))
    },
    reset: async next => {
      config = next ?? config
      if (conversation === null || conversation.over()) {
        await restart()
        return
      }
      const request: Request = next === undefined ? { do: 'reset' } : { do: 'reset', config: next }
      okOrThrow(await conversation.ask(request, hearOk, limits.answerMs))
      numbers = new Set()
    },
    open: async next => {
      config = next
      if (conversation === null || conversation.over()) {
        await restart()
        return
      }
      okOrThrow(await conversation.ask({ do: 'open', config }, hearOk, limits.answerMs))
      numbers = new Set()
    },
    close: async () => {
      // Everything has been heard: a process that dies or is slow now loses nothing.
      if (conversation !== null && !conversation.over())
        await conversation.ask({ do: 'close' }, hearOk, limits.graceMs)
      await conversation?.end()
      conversation = null
    },
  }
}
