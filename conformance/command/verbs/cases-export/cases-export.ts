import { join } from 'node:path'
import { isLeft } from 'fp-ts/lib/Either.js'
import { printInputError } from '../../../../oracle/wire/decode.js'
import { counted } from '../../../../spec/terms/counted.js'
import { jsonExport } from '../../../cases/export/json-export.js'
import { kselftestCases, kselftestExport } from '../../../cases/export/kselftest.js'
import { stepwise } from '../../../give-way.js'
import { raceExport } from '../../../race/exported/export.js'
import { loadingSuite } from '../../../suite/load.js'
import { complain, type Io, say, sayJson, stopOf } from '../../io.js'
import { EXIT, type ExitStatus } from '../../status.js'
import { writeWhole } from '../../write-whole.js'

export interface CasesExportOptions {
  readonly export?: 'json' | 'kselftest'
  readonly filter?: readonly string[]
  readonly json?: boolean
}

/** Writes the cases of the suite for others: each file whole or not at all. */
export const casesExport = async (
  directory: string | undefined,
  { export: format, filter = [], json }: CasesExportOptions,
  io: Io,
): Promise<ExitStatus> => {
  const refuse = (line: string): ExitStatus => {
    complain(io, line)
    return EXIT.usage
  }
  if (format === undefined || directory === undefined)
    return refuse(
      'what is to be done with the cases: --export json DIRECTORY, --export kselftest DIRECTORY, or freeze',
    )
  const suite = await stepwise(loadingSuite({ filter, smoke: false }), stopOf(io))
  if (suite === null) return refuse('interrupted while the cases were read')
  if (isLeft(suite)) return refuse(printInputError(suite.left))
  if (suite.right.length === 0) return refuse('no case has a name that the filter describes')
  const files =
    format === 'json' ? jsonExport(suite.right) : [...kselftestExport(suite.right), ...raceExport().files]
  for (const { path, text } of files) {
    if (stopOf(io).aborted) return refuse('interrupted before every file was written')
    const wrote = await writeWhole(join(directory, path), text)
    if (isLeft(wrote)) return refuse(printInputError(wrote.left))
  }
  const cases = format === 'json' ? suite.right.length : kselftestCases(suite.right).ids.length
  if (json === true)
    sayJson(io, {
      schema: 'memslot-cases-export',
      version: 1,
      directory,
      cases,
      files: files.map(({ path }) => path),
    })
  else
    say(
      io,
      `${counted(cases, 'case')} in ${counted(files.length, 'file')}; begin with ${join(directory, format === 'json' ? 'INTERPRETING.md' : 'memslot_test.c')}`,
    )
  return EXIT.expected
}
