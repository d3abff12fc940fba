import { requireObject, requireOneOf } from '../base/domain.js'
import type { Refused } from '../base/errno.js'

/** Failures outside a call's arguments, injected so that its errors can be tested. */
export interface Failure {
  /** `stranger`: the caller is another process than the VM's creator. EIO, before anything else. */
  readonly caller?: 'stranger' | undefined
  /** `bad`: the argument struct cannot be read. EFAULT, before any check of its contents. */
  readonly argument?: 'bad' | undefined
  /** `bad`: the log bitmap's pointer cannot be written (GET) or read (CLEAR). EFAULT where Linux copies it. */
  readonly bitmap?: 'bad' | undefined
  /** `bad`: the result space of a batch cannot be written. EFAULT in stage 4. */
  readonly result?: 'bad' | undefined
  /** ENOMEM. `early`: of slot objects, before anything happened. `late`: of a bitmap or of arch metadata, after a
   * MOVE has invalidated its slot. */
  readonly allocation?: 'early' | 'late' | undefined
}

const KNOWN: Readonly<Record<keyof Failure, readonly string[]>> = {
  caller: ['stranger'],
  argument: ['bad'],
  bitmap: ['bad'],
  result: ['bad'],
  allocation: ['early', 'late'],
}

/** Requires failures that are known. @throws TypeError, RangeError */
export function requireFailure(failure: Failure): void {
  requireObject('failure', failure)
  for (const [name, value] of Object.entries(failure)) {
    if (value === undefined) continue
    requireOneOf('a failure', name, Object.keys(KNOWN))
    requireOneOf(`failure.${name}`, value, KNOWN[name as keyof Failure])
  }
}

/** A call's end: an errno, or the generation of the space that it names (of space 0 if it names none). */
export type Outcome = Refused | { readonly generation: number }
