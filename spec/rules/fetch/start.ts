import { not, type Premise, premise, type Rule } from '../../rewrite/index.js'
import type { Cells } from '../../terms/cells.js'
import { onward, type Walking } from '../../terms/walking.js'
import { semantics } from '../cite.js'
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
    id: 'fetch.begin',
    says: 'An instruction is fetched from RIP on, all of it in the space the vCPU is in.',
    cites,
    when: [vcpuExists, hasRegisters, fetches],
    rewrite: cells => onward(cells, { at: 'window' }),
    notes: { omits: 'Instruction breakpoints, which come before, and whether CS may be executed at all.' },
  }),
  at('start', {
    id: 'data.begin',
    says: 'Data is found from its linear address on, all of it in the space the vCPU is in.',
    cites,
    when: [vcpuExists, hasRegisters, not(fetches)],
    rewrite: cells => onward(cells, { at: 'begin' }),
  }),
]
