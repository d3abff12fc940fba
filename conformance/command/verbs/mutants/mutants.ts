import { isLeft } from 'fp-ts/lib/Either.js'
import {
  type MutantsReport,
  MutantsReportCodec,
  printTrouble,
  renderMutant,
  renderMutants,
  runMutants,
  type Trouble,
} from '../../../mutation/patches/index.js'
import { complain, type Io, say, sayJson, stopOf, wantsColour } from '../../io.js'
import { progressOf } from '../../progress.js'
import { EXIT, type ExitStatus } from '../../status.js'

export interface MutantsOptions {
  readonly only?: readonly string[]
  readonly workers?: number
  readonly json?: boolean
}

/** A survivor is a failure; a run without mutants is inconclusive. */
export const statusOfMutants = ({ interrupted, mutants, total, caught }: MutantsReport): ExitStatus => {
  if (interrupted) return EXIT.interrupted
  if (total === 0 || mutants.length < total) return EXIT.inconclusive
  return caught < total ? EXIT.deviation : EXIT.expected
}

/** Trouble says nothing about the suites, unless it is the user's own mistake. */
const STATUS_OF_TROUBLE: Readonly<Record<Trouble['kind'], ExitStatus>> = {
  catalogue: EXIT.usage,
  interrupted: EXIT.interrupted,
  'no sources': EXIT.inconclusive,
  patch: EXIT.inconclusive,
  build: EXIT.inconclusive,
  control: EXIT.inconclusive,
  command: EXIT.inconclusive,
}

/** Runs the suites on every mutant of the catalogue. */
export const mutants = async ({ only, workers, json }: MutantsOptions, io: Io): Promise<ExitStatus> => {
  const progress = await progressOf(io, 'mutants')
  const ran = await runMutants({
    ...(only === undefined ? {} : { ids: only }),
    ...(workers === undefined ? {} : { workers }),
    stop: stopOf(io),
    onProgress: ({ done, total, last }) => progress.at(done, total, last === null ? '' : renderMutant(last)),
  })
  progress.end()
  if (isLeft(ran)) {
    complain(io, printTrouble(ran.left))
    return STATUS_OF_TROUBLE[ran.left.kind]
  }
  if (json === true) sayJson(io, MutantsReportCodec.encode(ran.right))
  else say(io, renderMutants(ran.right, { color: wantsColour(io) }))
  return statusOfMutants(ran.right)
}
