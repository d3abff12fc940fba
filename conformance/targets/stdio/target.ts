import { type Either, isLeft, map } from 'fp-ts/lib/Either.js'
import type { StopSignal } from '../stop-signal.js'
import type { Hello, Target } from '../target.js'
import { type CommandFault, commandWords } from './command-words.js'
import { errorOf } from './fault.js'
import { defaultLimits, type StdioLimits } from './limits.js'
import { greet, openStdioSession, type Started } from './session.js'

const never: StopSignal = new AbortController().signal

const targetOf = (started: Started): Target => {
  let known: Hello | null = null
  return {
    hello: async () => {
      if (known !== null) return known
      const greeted = await greet(started)
      if (isLeft(greeted)) throw errorOf(greeted.left) // a target has no other way to say so
      known = greeted.right.hello
      await greeted.right.conversation.end()
      return known
    },
    open: config => openStdioSession(started, config),
  }
}

/** The same for a program whose words are known. */
export const programTarget = (
  words: Started['words'],
  limits: Partial<StdioLimits> = {},
  interruption: StopSignal = never,
): Target => targetOf({ words, limits: { ...defaultLimits, ...limits }, interruption })

/**
 * The target `stdio:COMMAND`: an implementation in a process of its own, spoken to as `conformance/PROTOCOL.md` says.
 * Each session has its own process. Its promises are rejected with a `TargetRefusal` or a `TargetFailure`, and with
 * nothing else.
 */
export const stdioTarget = (
  command: string,
  limits: Partial<StdioLimits> = {},
  interruption: StopSignal = never,
): Either<CommandFault, Target> =>
  map((words: Started['words']) => programTarget(words, limits, interruption))(commandWords(command))
