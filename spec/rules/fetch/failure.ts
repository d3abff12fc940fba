import { not, type Premise, premise, type Rule, type Sentences } from '../../rewrite/index.js'
import type { Cells } from '../../terms/cells.js'
import { type Kernel, someKernel } from '../../terms/kernels.js'
import type { InternalError } from '../../terms/result.js'
import type { Walking } from '../../terms/walking.js'
import { linux, observed } from '../cite.js'
import { withQueued } from '../entry/queued.js'
import { at, over } from '../walk/station.js'

export const handled = linux('arch/x86/kvm/x86.c', 'handle_emulation_failure')
const cites = [linux('arch/x86/kvm/x86.c', 'handle_emulation_failure'), observed('Fetch from a hole')]

export const mayExit: Premise<Walking> = premise(
  'exit-enabled',
  {
    holds: 'the exit on emulation failure is enabled',
    fails: 'the exit on emulation failure is not enabled',
  },
  ({ params }) => params.exitOnEmulationFailure,
  ({ params }) => ({ exitOnEmulationFailure: params.exitOnEmulationFailure }),
)
export const atCpl0: Premise<Walking> = premise(
  'at-cpl-0',
  { holds: 'the instruction runs at CPL 0', fails: 'the instruction does not run at CPL 0' },
  ({ walk }) => walk.loaded?.cpl === 0,
  ({ walk }) => ({ cpl: walk.loaded?.cpl }),
)

const kernelMay = (name: string, fact: (kernel: Kernel) => boolean, says: Sentences): Premise<Walking> =>
  premise(
    name,
    says,
    ({ params }) => someKernel(params, fact),
    ({ params }) => ({ kernel: params.kernel ?? 'any' }),
  )
export const mayQueue = kernelMay('failure-may-queue', k => k.failureQueues, {
  holds: 'the kernel may be one that queues #UD for an instruction it cannot fetch',
  fails: 'this kernel queues nothing for an instruction it cannot fetch',
})
export const mayNotQueue = kernelMay('failure-may-not-queue', k => !k.failureQueues, {
  holds: 'the kernel may be one that queues nothing for an instruction it cannot fetch',
  fails: 'this kernel queues #UD for an instruction it cannot fetch',
})

/** Words that KVM adds whatever failed: exit reason, two of information, and two of an event being delivered. */
const WORDS_ALWAYS = 5
/** Words of the instruction's bytes: their number and 15 of them. */
const WORDS_OF_BYTES = 2

/** What the exit says: the flags, the bytes of the first page where there are any, and words of the exit. */
const internalError = ({ walk }: Walking): InternalError => {
  const given = walk.bytes.length > 0
  return {
    suberror: 1,
    ndata: 1 + WORDS_ALWAYS + (given ? WORDS_OF_BYTES : 0),
    flags: given ? 1 : 0,
    ...(given ? { bytes: walk.bytes } : {}),
  }
}

/** How an instruction ends whose bytes are in no slot. Linux bug 213781 was this, between two updates. */
export const failureRules: readonly Rule<Cells>[] = [
  at('failed', {
    id: 'failure.exit',
    kind: 'access',
    says: 'With the exit on emulation failure enabled KVM_RUN exits to userspace and queues nothing: entering again retries.',
    cites,
    when: [mayExit],
    rewrite: cells => over(cells, 'exit', null, null, { exit: internalError(cells) }),
  }),
  at('failed', {
    id: 'failure.undefined',
    kind: 'access',
    says: 'Without the exit on emulation failure an instruction above CPL 0 is #UD to the guest, without an exit to userspace.',
    cites,
    when: [not(mayExit), mayQueue, not(atCpl0)],
    rewrite: cells => over(cells, 'fault', null, null, { exception: { vector: '#UD' } }),
    notes: {
      variation:
        'pvm exits instead (failure.exit-unqueued). CPL 1 and 2 are taken from the source; only 0 and 3 were observed.',
    },
  }),
  at('failed', {
    id: 'failure.exit-pending',
    kind: 'access',
    says: 'Without the exit on emulation failure an instruction at CPL 0 exits with #UD queued: entering again delivers it.',
    cites,
    when: [not(mayExit), mayQueue, atCpl0],
    rewrite: cells =>
      over(withQueued(cells, { vector: '#UD' }), 'exit', null, null, {
        exit: { ...internalError(cells), pending: '#UD' },
      }),
    notes: { variation: 'pvm queues nothing (failure.exit-unqueued).' },
  }),
  at('failed', {
    id: 'failure.exit-unqueued',
    kind: 'access',
    says: 'On pvm an instruction that cannot be fetched exits and queues nothing, at any CPL, whether or not the exit is enabled.',
    cites: [observed('Fetch from a hole')],
    when: [not(mayExit), mayNotQueue],
    rewrite: cells => over(cells, 'exit', null, null, { exit: internalError(cells) }),
  }),
]
