import { Readable, Writable } from 'node:stream'
import { implTarget } from '../../../targets/impl.js'
import { specTarget } from '../../../targets/spec.js'
import { serve as converse } from '../../../targets/stdio/serve.js'
import type { Target } from '../../../targets/target.js'
import { type Io, stopOf } from '../../io.js'
import { EXIT, type ExitStatus } from '../../status.js'

export type Served = 'impl' | 'spec'

const TARGETS = { impl: implTarget, spec: specTarget } as const satisfies Readonly<Record<Served, Target>>

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
  const { input, output } = endsOf(io)
  const stop = stopOf(io)
  let wake = (): void => {}
  const stopped = new Promise<void>(resolve => {
    wake = resolve
  })
  stop.addEventListener('abort', wake)
  await Promise.race([converse(TARGETS[name], input, output), stopped])
  stop.removeEventListener('abort', wake)
  return EXIT.expected
}
