import { type Premise, premise } from '../../rewrite/index.js'
import type { Calling } from '../../terms/cells.js'
import { canRead, canWrite } from '../../terms/host.js'
import type { By, PhysicalAccess } from '../../terms/operation.js'
import type { Slot } from '../../terms/slot.js'
import { slotAt } from '../../terms/space.js'

/** An access to a frame, about to be answered. */
export type Accessing = Calling<PhysicalAccess>

/** The space an access is looked up in: the vCPU's, or 0 for the hypervisor's own; null without such a vCPU. */
export const spaceOfAccess = ({ call, vcpus }: Accessing): number | null =>
  call.op === 'kernel-access' ? 0 : (vcpus.find(v => v.id === call.vcpu)?.space ?? null)

/** The slot behind the frame, or null. */
export const target = (cells: Accessing): Slot | null => {
  const space = cells.spaces[spaceOfAccess(cells) ?? -1]
  return space === undefined ? null : slotAt(space, cells.call.gfn)
}
const shown = (cells: Accessing) => ({
  space: spaceOfAccess(cells),
  gfn: cells.call.gfn,
  slot: target(cells),
})

export const vcpuExists: Premise<Accessing> = premise(
  'vcpu-exists',
  { holds: 'the VM has the vCPU', fails: 'the VM does not have the vCPU' },
  cells => spaceOfAccess(cells) !== null,
  ({ call, vcpus }) => ({ vcpu: 'vcpu' in call ? call.vcpu : null, vcpus }),
)
export const mapped: Premise<Accessing> = premise(
  'mapped',
  { holds: 'a slot lies behind the frame', fails: 'no slot lies behind the frame' },
  c => target(c) !== null,
  shown,
)
export const writable: Premise<Accessing> = premise(
  'writable',
  { holds: 'the slot is not read-only', fails: 'the slot is read-only' },
  c => target(c)?.ro === false,
  shown,
)
export const visible: Premise<Accessing> = premise(
  'visible',
  {
    holds: 'the slot is a user slot, which the page walker sees',
    fails: 'the slot is internal, and the page walker does not see it',
  },
  cells => (target(cells)?.id ?? 0) < cells.params.slotLimit,
  cells => ({ ...shown(cells), slotLimit: cells.params.slotLimit }),
)
export const servesRead: Premise<Accessing> = premise(
  'serves-read',
  {
    holds: 'the read is a plain one, or the slot is writable',
    fails: 'the read is through a cached hva, and the slot is read-only',
  },
  c => !('cached' in c.call && c.call.cached === true) || writable.holds(c),
  shown,
)
export const writes: Premise<Accessing> = premise(
  'writes',
  { holds: 'the access writes', fails: 'the access does not write' },
  ({ call }) => 'data' in call && call.data !== undefined,
  ({ call }) => ({ op: call.op }),
)

export const failedFetchExits: Premise<Accessing> = premise(
  'failed-fetch-exits',
  {
    holds: 'the architecture has KVM exit where it cannot fetch',
    fails: 'the architecture has the guest take an abort where it cannot be fetched for',
  },
  ({ params }) => params.failedFetch === 'exit',
  ({ params }) => ({ failedFetch: params.failedFetch }),
)

const pathOf = ({ call }: Accessing): By | undefined => ('by' in call ? call.by : undefined)
export const mayBeHardware: Premise<Accessing> = premise(
  'may-be-hardware',
  {
    holds: 'the processor itself may make the access',
    fails: 'KVM’s emulator makes the access',
  },
  cells => pathOf(cells) !== 'emulator',
  cells => ({ by: pathOf(cells) }),
)
export const mayBeEmulated: Premise<Accessing> = premise(
  'may-be-emulated',
  {
    holds: 'KVM’s emulator may make the access',
    fails: 'the processor itself makes the access',
  },
  cells => pathOf(cells) !== 'hardware',
  cells => ({ by: pathOf(cells) }),
)

const pageOrNull = (cells: Accessing): number | null => {
  const slot = target(cells)
  return slot === null ? null : slot.hva + (cells.call.gfn - slot.base)
}
const host = (cells: Accessing) => ({ ...shown(cells), hva: pageOrNull(cells), host: cells.host })
export const hostReadable: Premise<Accessing> = premise(
  'host-readable',
  {
    holds: 'the host can read the page behind the frame',
    fails: 'the host cannot read the page behind the frame',
  },
  cells => canRead(cells.host, pageOrNull(cells) ?? -1),
  host,
)
export const hostWritable: Premise<Accessing> = premise(
  'host-writable',
  {
    holds: 'the host can write the page behind the frame',
    fails: 'the host cannot write the page behind the frame',
  },
  cells => canWrite(cells.host, pageOrNull(cells) ?? -1),
  host,
)
