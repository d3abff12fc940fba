import { not, type Premise, premise, type Rule, type Sentences } from '../../rewrite/index.js'
import type { Cells } from '../../terms/cells.js'
import { type Rootless, rootlessOn } from '../../terms/kernels.js'
import type { Exception } from '../../terms/result.js'
import { onward, seek, type Walking } from '../../terms/walking.js'
import { linux, observed, semantics } from '../cite.js'
import { delivered, withQueued, withStuck } from '../entry/queued.js'
import { errorCode, isRootless } from './faults.js'
import { at, belowSecondStage, over, regimeIn } from './station.js'
import { mapped, notMapped } from './target.js'

/** KVM_RUN ends without a root, and this is what stays with the vCPU. */
export const endedRootless = (cells: Walking, { ends, later }: Rootless): Cells => {
  const { delivering } = cells.walk
  const stays =
    later === 'delivers' && delivering !== null
      ? withQueued(cells, delivering)
      : later === 'events' || later === 'paging'
        ? withStuck(cells, { ends, until: later })
        : delivered(cells)
  return endedAs(stays, ends)
}

/** Vectoring information, reason and qualification of the exit, the guest address, and the processor. */
const DELIVERY_WORDS = 5

export const endedAs = (cells: Walking, ends: Rootless['ends']): Cells =>
  ends === 'exit'
    ? over(cells, 'exit', null, null, { exit: { suberror: 3, ndata: DELIVERY_WORDS } })
    : over(cells, ends)

/** What may come of the root that is in a hole, as values to choose from. */
export const rootlessChoices = ({ params }: Cells) => rootlessOn(params).map(what => ({ what }))

/** Delivery goes through tables whose root is in memory. */
export const goesByRoot = ({ walk, params }: Walking): boolean =>
  params.secondStage === 'tdp' && walk.regime !== null && !['none', 'pae'].includes(walk.regime.paging)

/** On to the delivery of an exception, which looks the root up. */
export const deliver = (cells: Walking, delivering: Exception): Walking =>
  seek(cells, 'delivery', { delivering, level: regimeIn(cells).top, gfn: regimeIn(cells).root })

/** Where it cannot be known which instruction made the access, it is not known for which address the #PF is. */
const faultOf = (cells: Walking): Exception => {
  const { call, walk } = cells
  return call.op === 'fetch-instruction'
    ? { vector: '#PF', error: errorCode(cells), cr2: walk.la as Exception['cr2'] & bigint }
    : { vector: '#PF' }
}

const wasQueued = ({ walk }: Walking): boolean => walk.vcpu?.queued !== undefined

const mayDeliver: Premise<Walking> = premise(
  'delivery-may-succeed',
  {
    holds: 'the exception was queued before, or the kernel may be one that delivers it once the root is back',
    fails: 'on this kernel and processor what was injected without a root is not delivered',
  },
  cells => wasQueued(cells) || rootlessOn(cells.params).some(({ later }) => later === 'delivers'),
  ({ params, walk }) => ({
    kernel: params.kernel ?? 'any',
    vendor: params.vendor ?? 'either',
    queued: walk.vcpu?.queued,
  }),
)

/** What may come of it: anything without a root; once it is back, that KVM still has the hole that was there. */
const outcomes = (cells: Walking): readonly Rootless[] => {
  const all = rootlessOn(cells.params)
  if (notMapped.holds(cells)) return all
  return wasQueued(cells) ? [] : all.filter(({ later }) => later === 'events')
}
const mayEnd = (name: string, ends: Rootless['ends'], says: Sentences): Premise<Walking> =>
  premise(
    name,
    says,
    cells => outcomes(cells).some(one => one.ends === ends),
    ({ params, ...cells }) => ({
      kernel: params.kernel ?? 'any',
      vendor: params.vendor ?? 'either',
      ...mapped.shows({ params, ...cells } as Walking),
    }),
  )
const mayLoop = mayEnd('delivery-may-loop', 'never returns', {
  holds:
    'the root is missing or was, and the kernel and processor may be such that the exception is injected anew',
  fails: 'the root is there, or on this kernel and processor the exception is not injected anew',
})
const mayExit = mayEnd('delivery-may-exit', 'exit', {
  holds: 'the root is missing or was, and the kernel and processor may be such that KVM_RUN exits',
  fails: 'the root is there, or on this kernel and processor KVM_RUN does not exit',
})
const staysQueued: Premise<Walking> = premise(
  'injected-and-kept',
  {
    holds:
      'the root is missing, and the kernel and processor may be such that KVM_RUN goes on with the exception queued',
    fails:
      'the root is there, or on this kernel and processor KVM_RUN does not go on with the exception queued',
  },
  cells => outcomes(cells).some(({ ends, later }) => ends === 'never returns' && later === 'delivers'),
  ({ params }) => ({ kernel: params.kernel ?? 'any', vendor: params.vendor ?? 'either' }),
)
const having = (ends: Rootless['ends']) => (cells: Walking) =>
  outcomes(cells)
    .filter(one => one.ends === ends)
    .map(what => ({ what }))

/** How an exception is delivered below a second stage, where that takes the root of the guest's tables. */
export const deliveryRules: readonly Rule<Cells>[] = [
  at('fault', {
    id: 'fault.without-root',
    says: 'Where the root itself is missing the #PF that KVM injects cannot be delivered but through the root.',
    cites: [observed('The root in a hole'), linux('arch/x86/kvm/x86.c', 'x86_emulate_instruction')],
    when: [not(belowSecondStage), isRootless],
    rewrite: cells => deliver(onward(cells, { lookups: cells.walk.lookups + 1 }), faultOf(cells)),
  }),
  at('delivery', {
    id: 'delivery.delivers',
    kind: 'access',
    says: 'An exception is delivered where its root is in a slot by then: one that was queued while the root was missing is delivered when it is back.',
    cites: [observed('The root in a hole'), semantics('vCPU')],
    when: [mapped, mayDeliver],
    rewrite: cells =>
      over(delivered(cells), 'fault', null, null, { exception: cells.walk.delivering as Exception }),
    notes: {
      omits: 'What delivery itself reads: the interrupt table, the stack, the tables that lead to them.',
    },
  }),
  at('delivery', {
    id: 'delivery.loops',
    kind: 'access',
    says: 'On AMD’s processors an exception that finds no root is injected anew for ever, and KVM_RUN never returns: it stays queued (6.1, 6.12), or the vCPU goes round until its events are cleared (7.3).',
    cites: [observed('The root in a hole')],
    when: [mayLoop],
    choose: having('never returns'),
    rewrite: (cells, { what }) => endedRootless(cells, what as Rootless),
    notes: { variation: 'Seen under QEMU’s emulation of AMD’s processor: 6.1, 6.12 and 7.3.' },
  }),
  at('delivery', {
    id: 'delivery.injected',
    kind: 'access',
    says: 'Who watches what KVM injects sees the #PF before the root is back: it stays queued, to be delivered then.',
    cites: [observed('The root in a hole')],
    when: [staysQueued],
    rewrite: cells => {
      const exception = cells.walk.delivering as Exception
      return over(withQueued(cells, exception), 'fault', null, null, { exception })
    },
    notes: {
      why: 'KVM’s emulator tells the #PF that it injects as well, whether or not the guest can take it.',
    },
  }),
  at('delivery', {
    id: 'delivery.exits',
    kind: 'access',
    says: 'On Intel’s processors, and on later kernels on AMD’s, an exception that finds no root ends KVM_RUN with INTERNAL_ERROR, suberror 3 (DELIVERY_EV).',
    cites: [
      linux('arch/x86/kvm/vmx/vmx.c', '__vmx_handle_exit, vmx_check_emulate_instruction'),
      linux('arch/x86/kvm/svm/svm.c', 'svm_check_emulate_instruction'),
    ],
    when: [mayExit],
    choose: having('exit'),
    rewrite: (cells, { what }) => endedRootless(cells, what as Rootless),
    notes: {
      why: 'The hole is an MMIO entry of the second stage by then, and KVM emulates no MMIO while an event is delivered. Before 6.14 Intel’s is not asked whether it is of this generation: the exit comes again though the root is back.',
      variation:
        'Read, not seen. Intel: __vmx_handle_exit asks for the EPT misconfiguration (6.1, 6.12), later vmx_check_emulate_instruction. AMD: svm_check_emulate_instruction since 6.14; 7.3 was seen to loop all the same under QEMU.',
    },
  }),
]
