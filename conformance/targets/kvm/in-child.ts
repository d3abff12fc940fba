import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { type Either, isLeft, right } from 'fp-ts/lib/Either.js'
import type { StdioLimits } from '../stdio/limits.js'
import { programTarget } from '../stdio/target.js'
import type { StopSignal } from '../stop-signal.js'
import type { Target } from '../target.js'
import type { KvmUnavailable } from './refusal.js'
import { kvmTarget } from './target.js'

const program = fileURLToPath(new URL('./child.js', import.meta.url))

/** A change of slots spends most of its time waiting for readers: meanwhile another process can make one in its own VM. */
const SESSIONS = 2

/**
 * The KVM of this machine, its guests in a process of their own: what ends that process costs one case. Where this module
 * is not built, so that Node cannot run that program, they run in this process.
 */
export const kvmInChild = async (
  limits: Partial<StdioLimits> = {},
  interruption?: StopSignal,
): Promise<Either<KvmUnavailable, Target>> => {
  const here = await kvmTarget()
  if (isLeft(here) || !existsSync(program)) return here
  // Records by the thousand are made and forgotten: room for young objects halves what collecting them costs.
  const target = programTarget(
    [process.execPath, '--max-semi-space-size=64', program],
    { answerMs: 60_000, programMs: 60_000, ...limits },
    interruption,
  )
  return right({ ...target, sessions: SESSIONS })
}
