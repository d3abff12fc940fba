import { join } from 'node:path'
import { type Either, isLeft, right } from 'fp-ts/lib/Either.js'
import type { InputError } from '../../../../oracle/wire/decode.js'
import { writeWhole } from '../../write-whole.js'

/** The file in which the trace of a case is kept. */
export const traceFile = (directory: string, id: string): string =>
  join(directory, `${id.replaceAll('/', '.').replaceAll(/[^\w.+=-]/g, '_')}.ndjson`)

/** Writes the traces of the deviations that have one, a file for each case. */
export const saveTraces = async (
  directory: string,
  deviations: readonly { readonly case: string; readonly trace: string }[],
): Promise<Either<InputError, number>> => {
  const explained = deviations.filter(({ trace }) => trace !== '')
  const byCase = new Map(explained.map(({ case: id, trace }) => [id, trace]))
  for (const [id, trace] of byCase) {
    const written = await writeWhole(traceFile(directory, id), trace)
    if (isLeft(written)) return written
  }
  return right(byCase.size)
}
