import type { Place } from './place.js'
import type { Missing } from './recording/summary.js'
import type { Moment, Stay } from './vcpu-threads.js'

/** What is known, when it is asked, about the vCPUs of a VM during a span of the recording. */
export interface Evidence {
  readonly from: Place
  readonly to: Place
  readonly moment: Moment
  /** The thread that is not asked about: it makes the calls. */
  readonly except: number | null
  /** Every vCPU thread of the VM is known, because its creation was recorded and threads are named. */
  readonly allKnown: boolean
  /** Why nothing can be said at all; null: something can. */
  readonly blind: () => Blind | null
  /** The making of the VM's first vCPU is not recorded, and that of others is; asked at the end. */
  readonly firstMissing: () => boolean
  /** A vCPU runs whose making is not recorded, although the VM's is; asked at the end. */
  readonly stranger: () => boolean
  /** Whether no vCPU of the VM had entered KVM_RUN by the end of it, as far as was recorded. */
  readonly beforeRun: boolean
  /** No thread at all had entered KVM_RUN by then, of whatever VM. */
  readonly beforeAnyRun: boolean
  /** So many vCPUs were created by then and no line shows them inside KVM_RUN, asked at the end; null: there is none. */
  readonly unseen: () => number | null
  /** Every vCPU of the VM is run by the thread that is not asked about, asked at the end. */
  readonly alone: () => boolean
  /** One vCPU has several threads, and its making was not recorded: two processes may be taken for one. */
  readonly mixed: () => boolean
}

/** Why the recording says nothing of who was inside KVM_RUN. */
export type Blind = 'runs not recorded' | 'threads not named' | 'vCPU not bound'

/** Why it is not known who was inside KVM_RUN. */
export type Unknown =
  | { readonly kind: Blind }
  /** The thread's KVM_RUN at this line has no recorded end. */
  | {
      readonly kind: 'end not recorded'
      readonly tid: number
      readonly line: number
      readonly until: number | null
    }
  /** The VM is older than the recording and may have vCPUs that were not seen. */
  | { readonly kind: 'attached' }
  /** Calls that fail or do not return may be left out. */
  | { readonly kind: 'calls left out' }
  /** The VM's first vCPU was never made, as far as lines say. */
  | { readonly kind: 'first vCPU missing' }
  /** vCPUs run whose making is not recorded. */
  | { readonly kind: 'vCPU made unseen' }
  /** This line shows that lines are missing. */
  | { readonly kind: 'lines missing'; readonly missing: Missing }
  /** So many vCPUs were created and never seen to enter KVM_RUN. */
  | { readonly kind: 'vCPU never seen'; readonly count: number }

/** Who was inside KVM_RUN, claimed only where it is proven. */
export type Inside =
  | { readonly kind: 'inside'; readonly tids: readonly number[] }
  | { readonly kind: 'nobody'; readonly beforeRun: boolean }
  | { readonly kind: 'unknown'; readonly because: Unknown }

/** What the recording as a whole proves, once it is known. */
export interface Order {
  /** A line that stands for a whole call proves that it had ended before the next line. */
  readonly interleaved: boolean
  /** No call is left out because of how it ended (`strace -z`). */
  readonly complete: boolean
  readonly entries: boolean
  /** The first line that shows that lines are missing; null: none does. */
  readonly missing: Missing | null
  /** Lines that end calls are missing: what seems to last until the end need not. */
  readonly endsMissing: boolean
  /** Seconds below which times are the same. */
  readonly resolution: number
  /** The same of ends that durations tell, which may be coarser. */
  readonly endsWithin: number
}

type Was = 'inside' | 'outside' | 'perhaps'

/** Whether the end of a call, told by its duration, came later. */
const later = (end: Place, other: Place, { endsWithin }: Order): boolean | null => {
  if (end.at === null || other.at === null || endsWithin >= 1) return null
  return Math.abs(end.at - other.at) <= endsWithin ? null : end.at > other.at
}

const was = (stay: Stay, from: Place, order: Order): Was => {
  if (stay.entered.line > from.line) return 'inside'
  if (stay.until !== null && stay.until <= from.line) return 'outside'
  switch (stay.end) {
    case null:
      return 'inside'
    case 'never':
      return order.endsMissing ? 'perhaps' : 'inside'
    case 'line':
      return stay.left !== null && stay.left.line > from.line ? 'inside' : 'outside'
    case 'duration': {
      if (order.interleaved) return 'outside'
      const reaches = stay.left === null ? null : later(stay.left, from, order)
      return reaches === null ? 'perhaps' : reaches ? 'inside' : 'outside'
    }
    case 'whole line':
      return order.interleaved ? 'outside' : 'perhaps'
    case 'next line':
      return stay.left !== null && stay.left.line <= from.line ? 'outside' : 'perhaps'
    case 'unknown':
      return 'perhaps'
  }
}

/** Weighs what is known. Asked again at the end of the recording it may know more. */
export const weigh = (evidence: Evidence, order: Order): Inside => {
  const { from, moment, except } = evidence
  if (evidence.mixed()) return { kind: 'unknown', because: { kind: 'vCPU not bound' } }
  const inside: number[] = []
  let doubt: Stay | null = null
  for (const stay of moment.stays) {
    if (stay.tid === except) continue
    const found = was(stay, from, order)
    if (found === 'inside') inside.push(stay.tid)
    if (found === 'perhaps') doubt ??= stay
  }
  if (inside.length > 0) return { kind: 'inside', tids: inside.sort((a, b) => a - b) }
  const unknown = (because: Unknown): Inside => ({ kind: 'unknown', because })
  if (order.missing !== null) return unknown({ kind: 'lines missing', missing: order.missing })
  if (evidence.firstMissing()) return unknown({ kind: 'first vCPU missing' })
  if (evidence.stranger() && !(evidence.beforeRun && evidence.beforeAnyRun))
    return unknown({ kind: 'vCPU made unseen' })
  if (evidence.alone()) return { kind: 'nobody', beforeRun: evidence.beforeRun }
  const blind = evidence.blind()
  if (
    evidence.beforeRun &&
    evidence.beforeAnyRun &&
    blind === 'vCPU not bound' &&
    order.entries &&
    order.complete
  )
    return { kind: 'nobody', beforeRun: true }
  if (blind !== null) return unknown({ kind: blind })
  if (!order.entries) return unknown({ kind: 'runs not recorded' })
  if (doubt !== null)
    return unknown({
      kind: 'end not recorded',
      tid: doubt.tid,
      line: doubt.entered.line,
      until: doubt.until ?? doubt.left?.line ?? null,
    })
  if (!evidence.allKnown) return unknown({ kind: 'attached' })
  if (!order.complete) return unknown({ kind: 'calls left out' })
  const unseen = evidence.unseen()
  // Before any vCPU ran, one that is never seen to run cannot have run either.
  if (unseen !== null && !evidence.beforeRun) return unknown({ kind: 'vCPU never seen', count: unseen })
  return { kind: 'nobody', beforeRun: evidence.beforeRun }
}
