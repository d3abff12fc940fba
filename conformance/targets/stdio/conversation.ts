import { type Either, isLeft, left, right } from 'fp-ts/lib/Either.js'
import { match } from 'ts-pattern'
import type { InputError, Origin } from '../../../oracle/wire/decode.js'
import type { Misfit } from '../hold-records.js'
import type { StopSignal } from '../stop-signal.js'
import { type Child, type Ending, startChild } from './child.js'
import type { During, StdioFault } from './fault.js'
import type { StdioLimits } from './limits.js'
import { type Request, requestLine } from './messages.js'

/**
 * What a line of an answer means: more lines come, it is complete, a refusal, a line or a character too many, or a record that is not
 * of what was asked.
 */
export type Heard =
  | { readonly kind: 'more' }
  | { readonly kind: 'all' }
  | { readonly kind: 'refused'; readonly because: string }
  | { readonly kind: 'too-many' | 'too-long'; readonly limit: number }
  | { readonly kind: 'misfit'; readonly misfit: Misfit }
export type Hear = (line: string, origin: Origin) => Either<InputError, Heard>

/** One process, asked one thing at a time. */
export interface Conversation {
  /**
   * Asks, and hears every line of the answer. Left with a fault; all but `refused` end the process. Right with
   * `false` where `stop` came first, which ends the process too.
   */
  ask(request: Request, hear: Hear, ms: number, stop?: StopSignal): Promise<Either<StdioFault, boolean>>
  /** Whether the process can be asked no more, and a caller was given the fault. */
  over(): boolean
  /** Ends the process: closes its input, and kills it after the grace. */
  end(): Promise<void>
}

interface Exchange {
  hear(line: string, number: number): void
  end(ending: Ending): void
}

/** What went wrong when nobody was asking; the next request fails with it. */
type Loss = Ending | { readonly kind: 'unasked'; readonly line: string; readonly number: number }

/** Starts the process. Where `interruption` comes nothing is waited for any longer, nor at the end. */
export const converse = (
  words: readonly [string, ...string[]],
  limits: StdioLimits,
  interruption: StopSignal,
): Conversation => {
  const command = words.join(' ')
  let exchange: Exchange | null = null
  let loss: Loss | null = null
  let dead = false
  let reported = false

  const child: Child = startChild(words, limits, {
    line: (text, number) => {
      if (exchange !== null) return exchange.hear(text, number)
      loss ??= { kind: 'unasked', line: text, number }
      quit()
    },
    end: ending => {
      loss ??= ending
      dead = true
      exchange?.end(ending)
    },
  })
  const quit = (): void => {
    dead = true
    loss ??= { kind: 'exited', code: null, signal: 'SIGKILL' }
    child.kill()
  }
  const origin = (line: number): Origin => ({ file: `stdout of ${command}`, line })

  const faultOf = (lost: Loss, during: During): StdioFault => {
    const stderr = child.stderr()
    return match(lost)
      .returnType<StdioFault>()
      .with({ kind: 'not-started' }, ({ kind, because }) => ({ kind, command, because }))
      .with({ kind: 'exited' }, ({ code, signal }) => {
        return { kind: 'crashed', during, code, signal, unfinished: child.unfinished(), stderr }
      })
      .with({ kind: 'endless-line' }, () => {
        return { kind: 'flooded', during, by: 'line', limit: limits.lineLength, stderr }
      })
      .with({ kind: 'no-utf8' }, ({ number, column }) => {
        const at = { ...origin(number), column, path: '', found: 'bytes that are none', expected: 'UTF-8' }
        return { kind: 'nonsense', during, at, stderr }
      })
      .with({ kind: 'unasked' }, ({ line, number }) => {
        const found = JSON.stringify(line.slice(0, 80))
        const at = { ...origin(number), path: '', found, expected: 'silence: nothing had been asked' }
        return { kind: 'nonsense', during, at, stderr }
      })
      .exhaustive()
  }

  const ask: Conversation['ask'] = (request, hear, ms, stop) => {
    const during = request.do
    if (loss !== null) {
      reported = true
      return Promise.resolve(left(faultOf(loss, during)))
    }
    if (stop?.aborted) return Promise.resolve(right(false))
    if (interruption.aborted) return Promise.resolve(left({ kind: 'interrupted', during }))
    return new Promise(resolve => {
      const finish = (outcome: Either<StdioFault, boolean>, alive: boolean): void => {
        clearTimeout(clock)
        stop?.removeEventListener('abort', stopped)
        interruption.removeEventListener('abort', interrupted)
        exchange = null
        if (!alive) {
          reported = true
          quit()
        }
        resolve(outcome)
      }
      const fail = (fault: StdioFault): void => finish(left(fault), fault.kind === 'refused')
      const stopped = (): void => finish(right(false), false)
      const interrupted = (): void => (stop === undefined ? fail({ kind: 'interrupted', during }) : stopped())
      // Where this process was kept from running, the answer may have come, and only not been read yet: it is read first.
      const clock = setTimeout(() => setImmediate(late), ms)
      const late = (): void => {
        if (exchange !== own) return
        fail({ kind: 'hung', during, ms, unfinished: child.unfinished(), stderr: child.stderr() })
      }
      const own: Exchange = {
        hear: (line, number) => {
          const heard = hear(line, origin(number))
          if (isLeft(heard)) return fail({ kind: 'nonsense', during, at: heard.left, stderr: child.stderr() })
          switch (heard.right.kind) {
            case 'more':
              return
            case 'all':
              return finish(right(true), true)
            case 'refused':
              return fail({ kind: 'refused', during, because: heard.right.because })
            case 'too-many':
            case 'too-long': {
              const { kind, limit } = heard.right
              const by = kind === 'too-many' ? 'records' : 'length'
              return fail({ kind: 'flooded', during, by, limit, stderr: child.stderr() })
            }
            case 'misfit': {
              const at = { ...origin(number), ...heard.right.misfit }
              return fail({ kind: 'nonsense', during, at, stderr: child.stderr() })
            }
          }
        },
        end: ending => fail(faultOf(ending, during)),
      }
      exchange = own
      stop?.addEventListener('abort', stopped)
      interruption.addEventListener('abort', interrupted)
      child.send(requestLine(request))
    })
  }

  return {
    ask,
    over: () => dead && reported,
    end: async () => {
      child.finish()
      const patience = setTimeout(quit, dead || interruption.aborted ? 0 : limits.graceMs)
      interruption.addEventListener('abort', quit)
      await child.gone
      interruption.removeEventListener('abort', quit)
      clearTimeout(patience)
      dead = true
    },
  }
}
