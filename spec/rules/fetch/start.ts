import { not, type Premise, premise, type Rule } from '../../rewrite/index.js'
import type { Cells } from '../../terms/cells.js'
import type { Exception } from '../../terms/result.js'
import { onward, type Walking } from '../../terms/walking.js'
import { linux, observed, semantics } from '../cite.js'
import { delivered, hasHandlers, hasQueued, isStuck } from '../entry/queued.js'
import { deliver, endedAs, goesByRoot } from '../walk/delivery.js'
import { at, over } from '../walk/station.js'

const cites = [semantics('vCPU'), semantics('5. The fetch path')]

const vcpuExists: Premise<Walking> = premise(
  'vcpu-exists',
  { holds: 'the VM has the vCPU', fails: 'the VM does not have the vCPU' },
  ({ walk }) => walk.vcpu !== null,
  ({ call, vcpus }) => ({ vcpu: call.vcpu, vcpus: vcpus.map(v => v.id) }),
)
const hasRegisters: Premise<Walking> = premise(
  'has-registers',
  { holds: 'the vCPU has registers', fails: 'the vCPU has no registers: none were loaded' },
  ({ walk }) => walk.loaded !== null,
  ({ call }) => ({ vcpu: call.vcpu }),
)
const fetches: Premise<Walking> = premise(
  'op-fetch-instruction',
  { holds: 'the operation is fetch-instruction', fails: 'the operation is not fetch-instruction' },
  ({ call }) => call.op === 'fetch-instruction',
  ({ call }) => ({ op: call.op }),
)

const needsRoot: Premise<Walking> = premise(
  'delivery-by-root',
  {
    holds: 'delivery goes through a root table below a second stage',
    fails:
      'delivery needs no root table: there is no second stage, no paging, or PAE, whose root is in registers',
  },
  goesByRoot,
  ({ params, walk }) => ({ secondStage: params.secondStage, paging: walk.regime?.paging }),
)

/** The vCPU that makes an access by linear address: every look-up of the operation is in its space. */
export const startRules: readonly Rule<Cells>[] = [
  at('start', {
    id: 'virtual.no-vcpu',
    kind: 'access',
    says: 'Only a vCPU that exists makes accesses.',
    cites,
    when: [not(vcpuExists)],
    rewrite: cells => over(cells, 'fault', null, 'ENOENT'),
  }),
  at('start', {
    id: 'virtual.no-registers',
    kind: 'access',
    says: 'Without registers there is no linear address.',
    cites,
    when: [vcpuExists, not(hasRegisters)],
    rewrite: cells => over(cells, 'fault', null, 'EINVAL'),
  }),
  at('start', {
    id: 'entry.delivers',
    kind: 'access',
    says: 'An exception that is queued is delivered by the next entry into the guest, whatever has been mapped since: the access is not made.',
    cites: [observed('Fetch from a hole'), semantics('vCPU')],
    when: [vcpuExists, hasRegisters, hasQueued, hasHandlers, not(needsRoot)],
    rewrite: cells => {
      const exception = cells.walk.vcpu?.queued as Exception // exception-queued
      return over(delivered(cells), 'fault', null, null, { exception })
    },
    notes: {
      omits: 'What delivery itself reads: the interrupt table, the stack, the tables that lead to them.',
    },
  }),
  at('start', {
    id: 'entry.by-root',
    says: 'Below a second stage what is queued is delivered through the guest’s tables, whose root is looked up first.',
    cites: [observed('The root in a hole'), semantics('vCPU')],
    when: [vcpuExists, hasRegisters, hasQueued, hasHandlers, needsRoot],
    rewrite: cells => deliver(cells, cells.walk.vcpu?.queued as Exception), // exception-queued
  }),
  at('start', {
    id: 'entry.stuck',
    kind: 'access',
    says: 'A vCPU whose root was in a hole may end KVM_RUN the same way at each entry, though the root is back: until events are cleared (7.3; Intel before 6.14), or until CR0, CR3, CR4 or EFER changes (pvm).',
    cites: [observed('The root in a hole'), semantics('vCPU')],
    when: [vcpuExists, hasRegisters, isStuck],
    rewrite: cells => {
      const { ends } = cells.walk.vcpu?.stuck ?? { ends: 'never returns' } // vcpu-stuck
      return endedAs(cells, ends)
    },
    notes: {
      omits:
        'On pvm a deletion or a MOVE of any slot, which takes all of KVM’s tables with it, frees the vCPU too.',
    },
  }),
  at('start', {
    id: 'entry.shuts-down',
    kind: 'access',
    says: 'In the handler of an SMI no exception can be delivered, until registers are loaded that bring an interrupt table: the guest shuts down.',
    cites: [linux('arch/x86/kvm/smm.c', 'enter_smm'), semantics('vCPU')],
    when: [vcpuExists, hasRegisters, hasQueued, not(hasHandlers)],
    rewrite: cells => over(delivered(cells), 'shutdown'),
  }),
  at('start', {
    id: 'fetch.begin',
    says: 'An instruction is fetched from RIP on, all of it in the space the vCPU is in.',
    cites,
    when: [vcpuExists, hasRegisters, not(hasQueued), not(isStuck), fetches],
    rewrite: cells => onward(cells, { at: 'window' }),
    notes: { omits: 'Instruction breakpoints, which come before, and whether CS may be executed at all.' },
  }),
  at('start', {
    id: 'data.begin',
    says: 'Data is found from its linear address on, all of it in the space the vCPU is in.',
    cites,
    when: [vcpuExists, hasRegisters, not(hasQueued), not(isStuck), not(fetches)],
    rewrite: cells => onward(cells, { at: 'begin' }),
  }),
]
