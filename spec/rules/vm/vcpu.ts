import { not, type Premise, premise, type Rule, rule } from '../../rewrite/index.js'
import type { Calling, Cells } from '../../terms/cells.js'
import { spaceId } from '../../terms/numbers.js'
import type { CreateVcpuCall, EnterSmmCall, RsmCall, SetVcpuCall } from '../../terms/operation.js'
import type { Errno } from '../../terms/result.js'
import { refuse, succeed } from '../answer/answer.js'
import { linux, observed, semantics } from '../cite.js'

type OfVcpu = Calling<CreateVcpuCall | SetVcpuCall | EnterSmmCall | RsmCall>

const vcpuOf = ({ call, vcpus }: OfVcpu) => vcpus.find(v => v.id === call.vcpu) ?? null
const shown = (cells: OfVcpu) => ({ vcpu: cells.call.vcpu, vcpus: cells.vcpus })

const vcpuExists: Premise<OfVcpu> = premise(
  'vcpu-exists',
  'the VM has the vCPU',
  c => vcpuOf(c) !== null,
  shown,
)
const spaceOfModeExists: Premise<OfVcpu> = premise(
  'space-exists',
  'the VM has the address space the vCPU would go to',
  ({ call, spaces }) => (call.op === 'set-vcpu' ? call.as : 1) < spaces.length,
  ({ call, spaces }) => ({ call: call.op, spaces: spaces.length }),
)
const inNormalMode: Premise<OfVcpu> = premise(
  'in-normal-mode',
  'the vCPU is in space 0',
  c => vcpuOf(c)?.space === 0,
  shown,
)
const inSmm: Premise<OfVcpu> = premise('in-smm', 'the vCPU is in space 1', c => vcpuOf(c)?.space === 1, shown)

const smm = linux('arch/x86/kvm/smm.c', 'enter_smm, emulator_leave_smm')

const refusal = (
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
    cites: [semantics('1: vCPU')],
    match: { call: { op } } as never, // one of four literals, which the index is made from
    after,
    when: [when],
    rewrite: cells => refuse(cells, errno),
  })

const goTo = (cells: OfVcpu, space: number): Cells =>
  succeed({
    ...cells,
    vcpus: cells.vcpus.map(v => (v.id === cells.call.vcpu ? { ...v, space: spaceId(space) } : v)),
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
    cites: op === 'enter-smm' || op === 'rsm' ? [smm, observed('real-kvm 7')] : [semantics('1: vCPU')],
    match: { call: { op } } as never, // one of four literals, which the index is made from
    when,
    rewrite,
  })

export const vcpuRules: readonly Rule<Cells>[] = [
  refusal('vcpu.exists', 'A vCPU is created once.', 'EEXIST', 'create-vcpu', [], vcpuExists),
  success(
    'vcpu.create',
    'A vCPU starts in space 0, in the set that is current.',
    'create-vcpu',
    [not(vcpuExists)],
    cells =>
      succeed({
        ...cells,
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
    cells => goTo(cells, (cells.call as SetVcpuCall).as),
  ),
  refusal('smm.absent', 'Only a vCPU that exists enters SMM.', 'ENOENT', 'enter-smm', [], not(vcpuExists)),
  refusal(
    'smm.none',
    'Without a second address space there is no SMM.',
    'EINVAL',
    'enter-smm',
    [vcpuExists],
    not(spaceOfModeExists),
  ),
  refusal(
    'smm.already',
    'A vCPU that is not in space 0 does not enter SMM.',
    'EINVAL',
    'enter-smm',
    [vcpuExists, spaceOfModeExists],
    not(inNormalMode),
  ),
  success(
    'smm.enter',
    'An SMI takes the vCPU to space 1; nothing of space 0 is seen there.',
    'enter-smm',
    [vcpuExists, spaceOfModeExists, inNormalMode],
    cells => goTo(cells, 1),
  ),
  refusal('rsm.absent', 'Only a vCPU that exists leaves SMM.', 'ENOENT', 'rsm', [], not(vcpuExists)),
  refusal('rsm.outside', 'Only in SMM is there an RSM.', 'EINVAL', 'rsm', [vcpuExists], not(inSmm)),
  success('rsm.leave', 'RSM takes the vCPU back to space 0.', 'rsm', [vcpuExists, inSmm], cells =>
    goTo(cells, 0),
  ),
]
