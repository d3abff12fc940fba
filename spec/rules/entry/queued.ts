import { type Premise, premise } from '../../rewrite/index.js'
import type { Stuck, Vcpu } from '../../terms/cells.js'
import type { RegisterImage } from '../../terms/paging/registers.js'
import type { Exception } from '../../terms/result.js'
import { onward, type Walking } from '../../terms/walking.js'

/** The vCPU with nothing queued, which is not stuck either. */
export const withoutQueued = ({ queued: _, stuck: __, ...vcpu }: Vcpu): Vcpu => vcpu

/** Registers by any of which KVM begins its tables anew, `mmu_reset_needed` of KVM_SET_SREGS. */
const PAGING = ['cr0', 'cr3', 'cr4', 'efer'] as const

/** The vCPU once these registers are loaded: events are cleared, and only one that waits for other paging is stuck. */
export const loaded = (vcpu: Vcpu, registers: RegisterImage): Vcpu => {
  const { stuck, image } = vcpu
  const stays = stuck?.until === 'paging' && PAGING.every(name => image?.[name] === registers[name])
  return stays ? { ...withoutQueued(vcpu), stuck } : withoutQueued(vcpu)
}

/** Without handlers an exception is a triple fault. */
export const lacksHandlers = ({ image }: Vcpu): boolean => image?.withoutHandlers === true

const withVcpu = (cells: Walking, change: (vcpu: Vcpu) => Vcpu): Walking => ({
  ...onward(cells, {}),
  vcpus: cells.vcpus.map(v => (v.id === cells.call.vcpu ? change(v) : v)),
})

/** The machine with an exception queued for the vCPU of the access. */
export const withQueued = (cells: Walking, queued: Exception): Walking =>
  withVcpu(cells, vcpu => ({ ...withoutQueued(vcpu), queued }))

/** The machine with the vCPU of the access stuck. */
export const withStuck = (cells: Walking, stuck: Stuck): Walking =>
  withVcpu(cells, vcpu => ({ ...withoutQueued(vcpu), stuck }))

/** The machine with what was queued for the vCPU delivered. */
export const delivered = (cells: Walking): Walking => withVcpu(cells, withoutQueued)

/** KVM translates for userspace without entering the guest; every other access is made by the guest as it runs. */
const enters = ({ call, walk }: Walking): boolean => call.op !== 'translate' || walk.by === 'hardware'

export const hasQueued: Premise<Walking> = premise(
  'exception-queued',
  {
    holds: 'an exception is queued for the vCPU, and the access enters the guest',
    fails: 'no exception is queued for the vCPU, or the access does not enter the guest',
  },
  cells => cells.walk.vcpu?.queued !== undefined && enters(cells),
  ({ call, walk }) => ({ op: call.op, by: walk.by, queued: walk.vcpu?.queued }),
)

export const isStuck: Premise<Walking> = premise(
  'vcpu-stuck',
  {
    holds: 'the vCPU is stuck since its root was in a hole, and the access enters the guest',
    fails: 'the vCPU is not stuck, or the access does not enter the guest',
  },
  cells => cells.walk.vcpu?.stuck !== undefined && enters(cells),
  ({ call, walk }) => ({ op: call.op, by: walk.by, stuck: walk.vcpu?.stuck }),
)

export const hasHandlers: Premise<Walking> = premise(
  'handlers-may-be-set',
  {
    holds: 'the registers are others than those an SMI leaves, so that handlers may be set',
    fails: 'the registers are those that an SMI left, with an interrupt table of limit 0',
  },
  ({ walk }) => walk.vcpu === null || !lacksHandlers(walk.vcpu),
  ({ walk }) => ({ smbase: walk.vcpu?.smbase, cs: walk.loaded?.cs }),
)
