import { not, type Premise, premise, type Rule, rule } from '../../rewrite/index.js'
import type { Calling, Cells, Vcpu } from '../../terms/cells.js'
import { spaceId } from '../../terms/numbers.js'
import type { CreateVcpuCall, EnterSmmCall, RsmCall, SetVcpuCall } from '../../terms/operation.js'
import type { Errno } from '../../terms/result.js'
import { refuse, succeed } from '../answer.js'
import { semantics } from '../cite.js'
import { apicPageFits, identityMapFits, ownSlotRefusals, withOwnSlots } from './own-slots.js'

export type OfVcpu = Calling<CreateVcpuCall | SetVcpuCall | EnterSmmCall | RsmCall>

export const vcpuOf = ({ call, vcpus }: OfVcpu) => vcpus.find(v => v.id === call.vcpu) ?? null
export const shown = (cells: OfVcpu) => ({ vcpu: cells.call.vcpu, vcpus: cells.vcpus })

export const vcpuExists: Premise<OfVcpu> = premise(
  'vcpu-exists',
  { holds: 'the VM has the vCPU', fails: 'the VM does not have the vCPU' },
  c => vcpuOf(c) !== null,
  shown,
)
export const spaceOfModeExists: Premise<OfVcpu> = premise(
  'space-exists',
  {
    holds: 'the VM has the address space the vCPU would go to',
    fails: 'the VM does not have the address space the vCPU would go to',
  },
  ({ call, spaces }) => (call.op === 'set-vcpu' ? call.as : 1) < spaces.length,
  ({ call, spaces }) => ({ call: call.op, spaces: spaces.length }),
)
export const refusal = (
  id: string,
  says: string,
  errno: Errno,
  op: OfVcpu['call']['op'],
  after: readonly Premise<OfVcpu>[],
  when: Premise<OfVcpu>,
): Rule<Cells> =>
  rule<Cells, OfVcpu>({
    id,
    kind: 'call fails',
    says,
    cites: [semantics('vCPU')],
    match: { call: { op } },
    after,
    when: [when],
    rewrite: cells => refuse(cells, errno),
  })

/** The cells with the vCPU of the call changed. */
export const withVcpu = (cells: OfVcpu, change: (vcpu: Vcpu) => Vcpu): OfVcpu => ({
  ...cells,
  vcpus: cells.vcpus.map(v => (v.id === cells.call.vcpu ? change(v) : v)),
})

const success = (
  id: string,
  says: string,
  op: OfVcpu['call']['op'],
  when: readonly Premise<OfVcpu>[],
  rewrite: (cells: OfVcpu) => Cells,
): Rule<Cells> =>
  rule<Cells, OfVcpu>({
    id,
    kind: 'call succeeds',
    says,
    cites: [semantics('vCPU')],
    match: { call: { op } },
    when,
    rewrite,
  })

export const vcpuRules: readonly Rule<Cells>[] = [
  refusal('vcpu.exists', 'A vCPU is created once.', 'EEXIST', 'create-vcpu', [], vcpuExists),
  ...ownSlotRefusals(not(vcpuExists) as Premise<Calling<CreateVcpuCall>>),
  success(
    'vcpu.create',
    'A vCPU starts in space 0, in the set that is current.',
    'create-vcpu',
    [not(vcpuExists), apicPageFits as Premise<OfVcpu>, identityMapFits as Premise<OfVcpu>],
    cells =>
      succeed({
        ...withOwnSlots(cells),
        vcpus: [...cells.vcpus, { id: cells.call.vcpu, space: spaceId(0) }].toSorted((a, b) => a.id - b.id),
      }),
  ),
  refusal(
    'vcpu.set-absent',
    'Only a vCPU that exists has a space.',
    'ENOENT',
    'set-vcpu',
    [],
    not(vcpuExists),
  ),
  refusal(
    'vcpu.set-space',
    'A vCPU’s space is one the VM has.',
    'EINVAL',
    'set-vcpu',
    [vcpuExists],
    not(spaceOfModeExists),
  ),
  success(
    'vcpu.set',
    'The vCPU’s accesses are looked up in this space from now on.',
    'set-vcpu',
    [vcpuExists, spaceOfModeExists],
    // Userspace that takes a vCPU elsewhere ends its SMM: what was saved stays where it is.
    cells =>
      succeed(
        withVcpu(cells, ({ smbase: _, ...v }) => ({ ...v, space: spaceId((cells.call as SetVcpuCall).as) })),
      ),
  ),
]
