import { briefly } from '../../oracle/wire/decode.js'
import { impossibleIn } from '../../oracle/wire/impossible.js'
import { programOf } from '../../oracle/wire/program.js'
import { counted } from '../../spec/terms/counted.js'
import { pageOf } from '../../spec/terms/numbers.js'
import { isAccess, type Operation } from '../../spec/terms/operation.js'
import { pagingOf } from '../../spec/terms/paging/regime.js'
import { defaultParameters } from '../../spec/terms/parameters.js'
import type { Seen } from '../../spec/terms/result.js'
import type { Case } from '../cases/case.js'
import { FEATURES, type Feature } from '../targets/features.js'
import { strayField } from '../targets/hold-records.js'
import { configFor, conflictOf, isOwnAnyway } from '../targets/own-config.js'
import { type ProgramRun, runProgram, sayTrouble, troubleOf } from '../targets/run-program.js'
import type { StopSignal } from '../targets/stop-signal.js'
import type { Hello, Session, Target } from '../targets/target.js'

/** Whether a region of the program reaches beyond a frame. */
const reachesBeyond = (one: Case, limit: number): boolean =>
  one.ops.some(o => {
    const regions = o.op === 'set' ? [o] : o.op === 'batch' ? o.entries : []
    return regions.some(r => pageOf(r.gpa) + pageOf(r.size) - 1 > limit)
  })

/** Why a target cannot be asked a case; null where it can. */
export const unfit = (hello: Hello, one: Case): string | null => {
  const { vm = {} } = hello
  const conflict = conflictOf(vm, one.config)
  if (conflict !== null) return conflict
  const impossible = impossibleIn(configFor(hello, one.config))
  if (impossible !== null) return `with what its VMs have, ${impossible.field} must be ${impossible.expected}`
  const missing = one.needs.find(need => !hello.features.includes(need) && !isOwnAnyway(vm, one.config, need))
  if (missing !== undefined)
    return `no ${missing}: ${hello.lacks?.[missing] ?? FEATURES[missing as Feature] ?? 'not a known feature'}`
  for (const o of one.ops) {
    // A translation for a fetch is made by one.
    const op = o.op === 'translate' && o.access === 'fetch' ? 'fetch-instruction' : o.op
    if (hello.lacks?.[op] !== undefined) return `no ${op}: ${hello.lacks[op]}`
  }
  const { kernel, spaces = defaultParameters.spaces } = one.config
  const isTheirs = hello.kernel === kernel || hello.features.includes('kernels')
  if (kernel !== undefined && !isTheirs) return `its kernel is not ${kernel}`
  const { ringReserved = defaultParameters.ringReserved } = one.config
  const reserves = hello.limits.ringReserved ?? defaultParameters.ringReserved
  const asksRing = one.ops.some(o => o.op === 'enable-cap' && o.cap === 'dirty-log-ring')
  if (asksRing && !hello.features.includes('limits') && reserves !== ringReserved)
    return `it reserves ${counted(reserves, 'entry', 'entries')} of a dirty ring, and the case is about ${ringReserved}`
  const asks = (o: Operation) => 'as' in o && o.as > 0 && o.as < spaces
  if (one.ops.some(asks) && spaces > hello.limits.spaces) return `fewer than ${spaces} address spaces`
  const { paging } = hello
  for (const o of one.ops)
    if (o.op === 'registers' && paging !== undefined && !paging.includes(pagingOf(o)))
      return `no paging of this kind in its guests: ${pagingOf(o)}`
  const theirs = Number(hello.limits.maxGfn)
  const { maxGfn } = defaultParameters
  if (
    !hello.features.includes('limits') &&
    theirs !== maxGfn &&
    reachesBeyond(one, Math.min(theirs, maxGfn))
  ) {
    return 'its last frame is not the one the case is about'
  }
  return null
}

/** What a target answered; `fault`: it failed as a whole; `refused`: it said that it cannot be asked this. */
export interface Asked {
  readonly seen: readonly Seen[]
  readonly fault: string | null
  readonly refused: string | null
  /** The operations as the target says that it did them, which may be more exactly than they were asked for. */
  readonly performed: readonly Operation[]
}

/** Asks a case of a session, on a VM made ready for it: reset, unless it is said how. */
export const askSession = async (
  session: Session,
  one: Case,
  stop: StopSignal,
  prepare: () => Promise<void> = () => session.reset(one.config),
): Promise<Asked> => {
  const program = programOf(one.ops, one.config)
  return askedOf(await runProgram(session, program, { stop, prepare }))
}

const askedOf = ({ answers, records, trouble }: ProgramRun): Asked => {
  const refused = trouble?.kind === 'refused' ? trouble.because : null
  const fault = trouble === null || refused !== null ? null : sayTrouble(trouble)
  const performed = records.flatMap(r => (r.ev === 'call' || r.ev === 'access' ? [r.operation] : []))
  return { seen: answers, fault, refused, performed }
}

/** Asks a case of a session of its own, in a process of its own where the target has any. */
export const askAnew = async (target: Target, one: Case, stop: StopSignal): Promise<Asked> => {
  let session: Session
  try {
    session = await target.open(one.config)
  } catch (error) {
    return askedOf({ answers: [], records: [], trouble: troubleOf(error, 0) })
  }
  const asked = await askSession(session, one, stop, async () => {})
  await session.close().catch(() => {}) // everything has been heard
  return asked
}

/** Whether an answer in this process is one to its operation: an access ends, a call returns, with the fields of its kind. */
const isOfItsKind = (operation: Operation, seen: Seen): boolean =>
  typeof seen === 'object' &&
  seen !== null &&
  (seen.is === 'access') === isAccess(operation) &&
  strayField(operation, seen) === null

/** Asks a VM in this process, opened for the case. */
export const askNow = (
  open: (config: Case['config']) => { perform(o: Operation): Seen; close?(): void },
  one: Case,
): Asked => {
  const seen: Seen[] = []
  try {
    const vm = open(one.config)
    for (const operation of one.ops) {
      const answer = vm.perform(operation)
      if (!isOfItsKind(operation, answer))
        return {
          seen: [],
          fault: `nonsense: no answer to ${operation.op}: ${briefly(answer)}`,
          refused: null,
          performed: one.ops,
        }
      seen.push(answer)
    }
    vm.close?.()
  } catch (error) {
    const fault = `threw ${error instanceof Error ? error.message : String(error)}`
    return { seen, fault, refused: null, performed: one.ops }
  }
  return { seen, fault: null, refused: null, performed: one.ops }
}
