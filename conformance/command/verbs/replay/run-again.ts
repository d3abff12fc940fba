import type { Program } from '../../../../oracle/index.js'
import type { Config } from '../../../../oracle/wire/config.js'
import { configFor, conflictOf, missingOf } from '../../../targets/own-config.js'
import { runProgram, sayTrouble, type Trouble, troubleOf } from '../../../targets/run-program.js'
import type { Session, Target, TraceRecord } from '../../../targets/target.js'

/** A run of a program on a target. */
export interface RanAgain {
  readonly target: string
  readonly version: string
  /** The configuration of the run: the header's, and what that leaves open as the target's VMs are. */
  readonly config: Config
  readonly records: readonly TraceRecord[]
  /** Why it did not end: the target lacks something, or failed. */
  readonly trouble: { readonly kind: 'unfit' | 'failed'; readonly because: string } | null
}

/** Runs a program on a VM of its own. */
export const runAgain = async (target: Target, program: Program, stop: AbortSignal): Promise<RanAgain> => {
  const hello = await target.hello()
  const { name, version, vm = {} } = hello
  const config = configFor(hello, program.config)
  const ended = (of: Pick<RanAgain, 'records' | 'trouble'>): RanAgain => ({
    target: name,
    version,
    config,
    ...of,
  })
  const unfit = (because: string): RanAgain => ended({ records: [], trouble: { kind: 'unfit', because } })
  const operations = program.threads.flatMap(({ ops }) => ops)
  const conflict = conflictOf(vm, program.config)
  const { features, fields } = missingOf(hello, program.config, operations)
  const notHonoured = [
    ...(conflict === null ? [] : [conflict]),
    ...(fields.length === 0 ? [] : [`its VMs cannot be given ${fields.join(', ')}`]),
  ]
  if (notHonoured.length > 0) return unfit(`the header cannot be honoured: ${notHonoured.join('; ')}`)
  if (features.length > 0) return unfit(`it has no ${features.join(', ')}`)
  const troubled = (trouble: Trouble): RanAgain['trouble'] => ({
    kind: trouble.kind === 'refused' ? 'unfit' : 'failed',
    because: sayTrouble(trouble),
  })
  let session: Session
  try {
    session = await target.open(program.config)
  } catch (error) {
    return ended({ records: [], trouble: troubled(troubleOf(error, 0)) })
  }
  const { records, trouble } = await runProgram(session, program, { stop })
  await session.close().catch(() => {}) // everything has been heard
  return ended({ records, trouble: trouble === null ? null : troubled(trouble) })
}
