import type { Plan } from '../../../spec/designs/design.js'
import type { Micro } from '../../../spec/terms/steps/script.js'

/** What one update takes: calls of the kernel, swaps of a set, and how often every vCPU is kicked out of the guest. */
export interface Cost {
  readonly calls: number
  readonly swaps: number
  readonly kicks: number
}

/** A call is not of the kernel where userspace only keeps vCPUs out. */
const OF_USERSPACE: readonly string[] = ['pause', 'resume']

/**
 * The cost of a plan in which nothing fails. Revoking what vCPUs have cached kicks each of them once, so does flushing what they
 * noted, and so does keeping them out; while they are kept out nothing else has to kick them.
 */
export const costOf = ({ script, start, calls }: Plan): Cost => {
  let out = false
  let swaps = 0
  let kicks = 0
  for (const micro of script.slice(start)) {
    if (micro.kind === 'publish') swaps++
    if (isKick(micro) && !out) kicks++
    if (micro.kind === 'pause') out = true
    if (micro.kind === 'resume') out = false
  }
  return { calls: calls.filter(call => !OF_USERSPACE.includes(call)).length, swaps, kicks }
}

const isKick = ({ kind }: Micro): boolean => kind === 'revoke' || kind === 'flush' || kind === 'pause'
