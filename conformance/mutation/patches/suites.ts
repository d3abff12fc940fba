import { join } from 'node:path'
import { type Either, isLeft, left, right } from 'fp-ts/lib/Either.js'
import * as t from 'io-ts'
import { decodeJson } from '../../../oracle/wire/decode.js'
import { natural } from '../../../oracle/wire/scalars.js'
import type { MutantEntry } from './catalogue-codec.js'
import { runProcess } from './run-process.js'
import { type Trouble, trouble } from './trouble.js'

/** Something that may catch a mutant: a run of the copy's own command. */
export interface Suite {
  readonly name: string
  readonly args: readonly string[]
}

const conform = (target: string, ...options: readonly string[]): Suite => {
  const args = ['conform', '--target', target, ...options]
  return { name: args.join(' '), args: [...args, '--json'] }
}

const TARGETS = { impl: ['impl'], spec: ['spec', 'impl'] } as const

/**
 * The suites that may catch a mutant: its own instrument, then the quickest first. A mutant of the specification is judged by
 * its own answers and by impl's.
 */
export const suitesFor = ({
  source,
  instrument,
}: Pick<MutantEntry, 'source' | 'instrument'>): readonly Suite[] => {
  const targets = TARGETS[source]
  return [
    ...(instrument === undefined ? [] : targets.map(target => conform(target, '--filter', instrument))),
    ...targets.map(target => conform(target, '--smoke')),
    ...targets.map(target => conform(target)),
  ]
}

/** The field of a `conform` report that is read here. */
const FailedCodec = t.type({ failed: natural() })

const DEVIATION = 1
const CONTRADICTION = 4

/** How a suite ended on a copy: with so many failed cases; or not in time; or with a status that no verdict has. */
export type SuiteEnd =
  | { readonly kind: 'cases'; readonly failed: number }
  | { readonly kind: 'hung' }
  | { readonly kind: 'crashed'; readonly why: string }

/** Limits on the runs of suites. */
export interface Running {
  readonly stop: AbortSignal
  /** Milliseconds that a suite may take on a copy. */
  readonly timeLimit: number
}

/** Runs a suite on a copy. */
export const runSuiteIn = async (
  directory: string,
  { name, args }: Suite,
  id: string | null,
  { stop, timeLimit }: Running,
): Promise<Either<Trouble, SuiteEnd>> => {
  const main = join('dist', 'conformance', 'command', 'main.js')
  const options = { cwd: directory, stop, timeLimit }
  const start = performance.now()
  const { status, out, err } = await runProcess(process.execPath, [main, ...args], options)
  if (stop.aborted) return left(trouble('interrupted', id, ''))
  if (status === null && performance.now() - start >= timeLimit) return right({ kind: 'hung' })
  const report = decodeJson(FailedCodec, out, { file: name, line: null })
  const failed = isLeft(report) ? null : report.right.failed
  if (status === 0 && failed === 0) return right({ kind: 'cases', failed: 0 })
  if (status === DEVIATION && failed !== null && failed > 0) return right({ kind: 'cases', failed })
  // A specification that contradicts itself is caught before any case fails.
  if (status === CONTRADICTION) return right({ kind: 'cases', failed: Math.max(failed ?? 1, 1) })
  return right({ kind: 'crashed', why: `${name} ended with ${status}: ${err.trim().slice(0, 500)}` })
}
