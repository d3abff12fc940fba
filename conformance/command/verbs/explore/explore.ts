import { isLeft } from 'fp-ts/lib/Either.js'
import { printRun } from '../../../../oracle/designs/print/run.js'
import { readScenario } from '../../../../oracle/designs/scenario.js'
import { subjectOf, subjects, withInvalid } from '../../../../oracle/designs/subjects.js'
import { systemOf } from '../../../../oracle/designs/system/system.js'
import { traceOptionsFor } from '../../../../oracle/designs/trace/expected-verdict.js'
import { traceOfRun } from '../../../../oracle/designs/trace/trace-of-run.js'
import { scopeOf } from '../../../../oracle/designs/workloads.js'
import { exploreAsync, lengthOf } from '../../../../oracle/explore/index.js'
import { printInputError } from '../../../../oracle/wire/decode.js'
import { repeated, unlogged } from '../../../../spec/designs/repeated.js'
import { properties } from '../../../../spec/properties/properties.js'
import { complain, type Io, say, sayJson, stopOf } from '../../io.js'
import { progressOf } from '../../progress.js'
import { EXIT, type ExitStatus } from '../../status.js'
import { writeWhole } from '../../write-whole.js'

export interface ExploreOptions {
  readonly design: string
  readonly property?: readonly string[]
  readonly vcpus: number
  readonly accesses: number
  readonly harvests: number
  readonly emulatedFetch?: boolean
  readonly otherArchitecture?: boolean
  readonly maxStates?: number
  readonly json?: boolean
  readonly trace?: string
}

const designOf = ({ design, emulatedFetch, otherArchitecture }: ExploreOptions) => {
  const named = subjectOf(design)
  if (named === null || (emulatedFetch !== true && otherArchitecture !== true)) return named
  return withInvalid(named, otherArchitecture === true ? 'other-architecture' : 'emulated-fetch')
}

const refuse = (io: Io, line: string): ExitStatus => {
  complain(io, line)
  return EXIT.usage
}

/** Searches everything that may happen to one update under one design. */
export const explore = async (scenario: string, options: ExploreOptions, io: Io): Promise<ExitStatus> => {
  const { vcpus, accesses, harvests, property = [], maxStates } = options
  const update = readScenario(scenario)
  if (isLeft(update)) {
    const { at, found, expected } = update.left
    return refuse(io, `the scenario, at character ${at}: found ${found}, expected ${expected}`)
  }
  const design = designOf(options)
  if (design === null)
    return refuse(io, `there is no design ${options.design}: ${subjects.map(s => s.id).join('; ')}`)
  const unknown = property.filter(id => !properties.some(p => p.id === id))
  if (unknown.length > 0)
    return refuse(io, `there is no property ${unknown[0]}: ${properties.map(p => p.id).join('; ')}`)
  const scope = scopeOf({ vcpus, accesses, harvests }, update.right.frames, vcpus > 1)
  const system = systemOf(design, update.right, scope)
  if (system === null) return refuse(io, `${design.id} has no plan for this update`)

  // Two vCPUs that are alike have no names, so that nobody can be said to wait all along.
  const wanted = properties
    .filter(p => property.length === 0 || property.includes(p.id))
    .filter(
      p => p.kind === 'safety' || (vcpus === 1 && (p.forEver !== true || unlogged(update.right) !== null)),
    )
  const liveness = (forEver: boolean) =>
    wanted.flatMap(p =>
      p.kind === 'liveness' && (p.forEver ?? false) === forEver ? [{ name: p.id, pending: p.pending }] : [],
    )
  const progress = await progressOf(io, 'explore, states')
  const search = {
    reduce: false,
    stop: stopOf(io),
    onProgress: ({ states: n }: { readonly states: number }) => progress.at(n, null),
    ...(maxStates === undefined ? {} : { maxStates }),
  }
  const { states, transitions, seconds, ended, verdicts } = await exploreAsync([system], {
    ...search,
    safety: wanted.flatMap(p => (p.kind === 'safety' ? [{ name: p.id, violated: p.violated }] : [])),
    liveness: liveness(false),
  })
  // There and back again for ever is a world of its own; where an update changes nothing but logs there is none.
  const plain = unlogged(update.right)
  const lasting =
    plain === null || liveness(true).length === 0
      ? null
      : systemOf(repeated(design), plain, scopeOf({ vcpus, accesses, harvests: 0 }, plain.frames, false))
  const forEver =
    lasting === null
      ? null
      : await exploreAsync([lasting], { ...search, safety: [], liveness: liveness(true) })
  progress.end()
  const found = wanted.map(({ id }) => {
    const verdict =
      verdicts.get(id) ?? forEver?.verdicts.get(id) ?? ({ holds: 'inconclusive', states } as const)
    const run = verdict.holds === false ? verdict.run : null
    return { property: id, holds: verdict.holds, steps: run === null ? null : lengthOf(run), run }
  })
  const failing = found.find(({ run }) => run !== null)
  if (options.json === true) {
    const cells = found.map(({ run: _, ...cell }) => ({ design: design.id, states, ...cell }))
    sayJson(io, { schema: 'memslot-explore', version: 1, scenario, states, transitions, ended, cells })
  } else {
    for (const { property: id, holds, steps, run } of found) {
      say(
        io,
        `${id.padEnd(24)} ${holds === true ? 'holds' : run === null ? 'inconclusive' : `fails in ${steps}`}`,
      )
      if (run !== null) say(io, printRun(run))
    }
    const speed = Math.round(transitions / Math.max(seconds, 0.001))
    say(io, '', `${design.id}: ${states} states, ${transitions} transitions, ${speed}/s; search ${ended}`)
    if (vcpus > 1) say(io, 'retry-ends and crash-visible are decided with --vcpus 1 only')
  }
  if (options.trace !== undefined && failing?.run != null) {
    const wrote = await writeWhole(options.trace, traceOfRun(failing.run, traceOptionsFor(failing.property)))
    if (isLeft(wrote)) return refuse(io, printInputError(wrote.left))
  }
  if (stopOf(io).aborted) return EXIT.interrupted
  if (failing !== undefined) return EXIT.deviation
  return found.length === 0 || found.some(({ holds }) => holds === 'inconclusive')
    ? EXIT.inconclusive
    : EXIT.expected
}
