import type { Io } from './io.js'
import { main } from './memslot.js'

export interface Captured {
  readonly status: number
  readonly out: string
  readonly err: string
}

/** Runs the command in this process, as into pipes: for tests, and for programs that want what it prints. */
export const memslot = async (
  argv: readonly string[],
  stdin = '',
  io: Partial<Io> = {},
): Promise<Captured> => {
  const heard = { out: '', err: '' }
  const status = await main(argv, {
    out: text => {
      heard.out += text
    },
    err: text => {
      heard.err += text
    },
    isTTY: false,
    stdin: (async function* () {
      yield stdin
    })(),
    ...io,
  })
  return { status, ...heard }
}
