import { Readable, Writable } from 'node:stream'
import { type Either, isLeft, mapLeft, right } from 'fp-ts/lib/Either.js'
import { printInputError } from '../../../../oracle/wire/decode.js'
import { implTarget } from '../../../targets/impl.js'
import { specTarget } from '../../../targets/spec.js'
import { serve as converse } from '../../../targets/stdio/serve.js'
import type { Target } from '../../../targets/target.js'
import { readError } from '../../file-error.js'
import { complain, type Io, stopOf } from '../../io.js'
import { EXIT, type ExitStatus } from '../../status.js'

export type Served = 'impl' | 'spec' | 'kvm'

/** The target of a name; the kernel's is left, with the reason, where there is none. */
const targetOf = async (name: Served): Promise<Either<string, Target>> => {
  if (name === 'impl') return right(implTarget)
  if (name === 'spec') return right(specTarget)
  const { kvmTarget } = await import('../../../targets/kvm/target.js')
  const { sayUnavailable } = await import('../../../targets/kvm/refusal.js')
  return mapLeft(sayUnavailable)(await kvmTarget())
}

/** The streams on which the protocol is spoken: those of the process, or those that a test gives. */
const endsOf = (io: Io): { readonly input: Readable; readonly output: Writable } =>
  io.pipes ?? {
    input: Readable.from(io.stdin),
    output: new Writable({
      write: (chunk, _, done) => {
        io.out(String(chunk))
        done()
      },
    }),
  }

/** Speaks the protocol on standard input and output until the input ends. */
export const serve = async (name: Served, io: Io): Promise<ExitStatus> => {
  const target = await targetOf(name)
  if (isLeft(target)) {
    complain(io, `target ${name}: ${target.left}`)
    return EXIT.inconclusive
  }
  const { input, output } = endsOf(io)
  const stop = stopOf(io)
  let wake = (): void => {}
  const stopped = new Promise<void>(resolve => {
    wake = resolve
  })
  stop.addEventListener('abort', wake)
  try {
    await Promise.race([converse(target.right, input, output), stopped])
    return EXIT.expected
  } catch (error) {
    if (!(error instanceof Error && 'code' in error)) throw error
    complain(io, printInputError(readError('standard input', error)))
    return EXIT.usage
  } finally {
    stop.removeEventListener('abort', wake)
  }
}
