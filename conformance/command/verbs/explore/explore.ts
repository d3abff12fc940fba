import { type Either, isLeft, left, right } from 'fp-ts/lib/Either.js'
import { readScenario } from '../../../../oracle/designs/scenario.js'
import { subjectOf, subjects, withInvalid } from '../../../../oracle/designs/subjects.js'
import { systemOf } from '../../../../oracle/designs/system/system.js'
import { traceOptionsFor } from '../../../../oracle/designs/trace/expected-verdict.js'
import { itfOfRun } from '../../../../oracle/designs/trace/itf.js'
import { traceOfRun } from '../../../../oracle/designs/trace/trace-of-run.js'
import { scopeOf } from '../../../../oracle/designs/workloads.js'
import type { System } from '../../../../oracle/explore/index.js'
import { exploreAsync, lengthOf } from '../../../../oracle/explore/index.js'
import { printInputError } from '../../../../oracle/wire/decode.js'
import type { Design, Update } from '../../../../spec/designs/design.js'
import { repeated, unlogged } from '../../../../spec/designs/repeated.js'
import { type Property, properties } from '../../../../spec/properties/properties.js'
import type { StepCells } from '../../../../spec/terms/steps/cells.js'
import type { ExploreReport } from '../../../reports/explore/codec.js'
import { renderExplore } from '../../../reports/explore/text.js'
import { noSuch } from '../../did-you-mean.js'
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
  readonly itf?: string
}

const designOf = ({ design, emulatedFetch, otherArchitecture }: ExploreOptions) => {
  const named = subjectOf(design)
  if (named === null || (emulatedFetch !== true && otherArchitecture !== true)) return named
  return withInvalid(named, otherArchitecture === true ? 'other-architecture' : 'emulated-fetch')
}

/** A search whose design, update and properties exist. */
interface Asked {
  readonly design: Design
  readonly update: Update
  readonly system: System<StepCells>
  readonly wanted: readonly Property[]
}

/** The search that was asked for; left: what is wrong with the request. */
const asked = (scenario: string, options: ExploreOptions): Either<string, Asked> => {
  const { vcpus, accesses, harvests, property = [] } = options
  const read = readScenario(scenario)
  if (isLeft(read)) {
    const { at, found, expected } = read.left
    return left(`the scenario, at character ${at}: found ${found}, expected ${expected}`)
  }
  const update = read.right
  const design = designOf(options)
  const designs = subjects.map(({ id }) => id)
  if (design === null) return left(noSuch('design', options.design, designs))
  const names: readonly string[] = properties.map(({ id }) => id)
  const unknown = property.find(id => !names.includes(id))
  if (unknown !== undefined) return left(noSuch('property', unknown, names))
  const system = systemOf(design, update, scopeOf({ vcpus, accesses, harvests }, update.frames, vcpus > 1))
  if (system === null) return left(`${design.id} has no plan for this update`)
  // Two vCPUs that are alike have no names, so that of neither it can be said that it waits for ever.
  const wanted = properties
    .filter(p => property.length === 0 || property.includes(p.id))
    .filter(p => p.kind === 'safety' || (vcpus === 1 && (p.forEver !== true || unlogged(update) !== null)))
  return right({ design, update, system, wanted })
}

/** Searches all states of the update; and for properties of endless runs, those of the update and its reverse, repeated. */
const searchAll = async ({ design, update, system, wanted }: Asked, options: ExploreOptions, io: Io) => {
  const { vcpus, accesses, maxStates } = options
  const liveness = (forEver: boolean) =>
    wanted.flatMap(p =>
      p.kind === 'liveness' && (p.forEver ?? false) === forEver ? [{ name: p.id, pending: p.pending }] : [],
    )
  const progress = await progressOf(io, 'explore, states')
  const search = {
    reduce: false,
    stop: stopOf(io),
    onProgress: ({ states }: { readonly states: number }) => progress.at(states, null),
    ...(maxStates === undefined ? {} : { maxStates }),
  }
  const once = await exploreAsync([system], {
    ...search,
    safety: wanted.flatMap(p => (p.kind === 'safety' ? [{ name: p.id, violated: p.violated }] : [])),
    liveness: liveness(false),
  })
  // Without logs: where an update changes nothing else there is nothing to repeat.
  const plain = unlogged(update)
  const forEver =
    plain === null || liveness(true).length === 0
      ? null
      : systemOf(repeated(design), plain, scopeOf({ vcpus, accesses, harvests: 0 }, plain.frames, false))
  const lasting =
    forEver === null
      ? null
      : await exploreAsync([forEver], { ...search, safety: [], liveness: liveness(true) })
  progress.end()
  return { ...once, verdicts: new Map([...(lasting?.verdicts ?? []), ...once.verdicts]) }
}

/** Searches everything that may happen to one update under one design. */
export const explore = async (scenario: string, options: ExploreOptions, io: Io): Promise<ExitStatus> => {
  const refuse = (line: string): ExitStatus => {
    complain(io, line)
    return EXIT.usage
  }
  const job = asked(scenario, options)
  if (isLeft(job)) return refuse(job.left)
  const { design, wanted } = job.right
  const { states, transitions, seconds, ended, verdicts } = await searchAll(job.right, options, io)
  const runs = new Map(
    [...verdicts].flatMap(([id, verdict]) => (verdict.holds === false ? [[id, verdict.run] as const] : [])),
  )
  const report: ExploreReport = {
    schema: 'memslot-explore',
    version: 1,
    scenario,
    states,
    transitions,
    ended,
    cells: wanted.map(({ id }) => {
      const run = runs.get(id)
      const holds = verdicts.get(id)?.holds ?? 'inconclusive'
      return {
        design: design.id,
        states,
        property: id,
        holds,
        steps: run === undefined ? null : lengthOf(run),
      }
    }),
  }
  if (options.json === true) sayJson(io, report)
  else say(io, renderExplore(report, { design: design.id, runs, seconds, vcpus: options.vcpus }))

  const failing = wanted.find(({ id }) => runs.has(id))?.id
  const run = failing === undefined ? undefined : runs.get(failing)
  if (failing !== undefined && run !== undefined) {
    const files = [
      ...(options.trace === undefined
        ? []
        : [[options.trace, traceOfRun(run, traceOptionsFor(failing))] as const]),
      ...(options.itf === undefined
        ? []
        : [[options.itf, `${JSON.stringify(itfOfRun(run), null, 1)}\n`] as const]),
    ]
    for (const [file, text] of files) {
      const wrote = await writeWhole(file, text, stopOf(io))
      if (isLeft(wrote)) return refuse(printInputError(wrote.left))
    }
  }
  if (stopOf(io).aborted) return EXIT.interrupted
  if (failing !== undefined) return EXIT.deviation
  return report.cells.length === 0 || report.cells.some(({ holds }) => holds === 'inconclusive')
    ? EXIT.inconclusive
    : EXIT.expected
}
