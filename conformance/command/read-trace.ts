import { type Either, isLeft, left } from 'fp-ts/lib/Either.js'
import type { InputError, Trace } from '../../oracle/index.js'
import { readingTrace } from '../../oracle/trace.js'
import { stepwise } from '../give-way.js'
import { type Io, stopOf } from './io.js'
import { interruptionOf, nameOf, readInput } from './read-input.js'

/** The trace in a file, or on standard input for `-`. Left: its first fault, or that the user interrupted. */
export const traceIn = async (file: string, io: Io): Promise<Either<InputError, Trace>> => {
  const name = nameOf(file)
  const text = await readInput(file, io)
  if (isLeft(text)) return text
  return (await stepwise(readingTrace(text.right, name), stopOf(io))) ?? left(interruptionOf(name))
}
