import type { Program } from '../../../../oracle/index.js'
import { featuresOf } from '../../../targets/features.js'
import type { Target, TraceRecord } from '../../../targets/target.js'
import { TargetRefusal } from '../../../targets/target-error.js'

/** A run of a program on a target. */
export interface RanAgain {
  readonly target: string
  readonly version: string
  readonly records: readonly TraceRecord[]
  /** Why it did not end: the target lacks something, or failed. */
  readonly trouble: { readonly kind: 'unfit' | 'failed'; readonly because: string } | null
}

/** Runs a program on a VM of its own. */
export const runAgain = async (target: Target, program: Program, stop: AbortSignal): Promise<RanAgain> => {
  const { name, version, features } = await target.hello()
  const records: TraceRecord[] = []
  const operations = program.threads.flatMap(({ ops }) => ops)
  const missing = featuresOf(program.config, operations).filter(feature => !features.includes(feature))
  if (missing.length > 0)
    return {
      target: name,
      version,
      records,
      trouble: { kind: 'unfit', because: `it has no ${missing.join(', ')}` },
    }
  try {
    const session = await target.open(program.config)
    try {
      await session.run(program, record => records.push(record), stop)
    } finally {
      await session.close()
    }
    return { target: name, version, records, trouble: null }
  } catch (error) {
    const because = error instanceof Error ? error.message : String(error)
    return {
      target: name,
      version,
      records,
      trouble: { kind: error instanceof TargetRefusal ? 'unfit' : 'failed', because },
    }
  }
}
