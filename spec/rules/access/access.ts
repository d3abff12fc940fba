import { not, type Premise, premise, type Rule, rule } from '../../rewrite/index.js'
import { type Calling, type Cells, withSpace } from '../../terms/cells.js'
import { mark, mayMark } from '../../terms/dirty-log.js'
import { canRead, canWrite } from '../../terms/host.js'
import { load, store } from '../../terms/memory.js'
import { type HvaPage, hvaPage } from '../../terms/numbers.js'
import type { PhysicalAccess } from '../../terms/operation.js'
import { pageRange } from '../../terms/page-set.js'
import { type AccessEnd, type Errno, ended } from '../../terms/result.js'
import type { Slot } from '../../terms/slot.js'
import { withLog } from '../../terms/slot.js'
import { type Space, slotAt, withSlot } from '../../terms/space.js'
import { answer } from '../answer/answer.js'
import { linux, observed, semantics } from '../cite.js'

type Accessing = Calling<PhysicalAccess>
type Op = PhysicalAccess['op']

/** The space an access is looked up in: the vCPU's, or 0 for the hypervisor's own; null without such a vCPU. */
const spaceOfAccess = ({ call, vcpus }: Accessing): number | null =>
  call.op === 'kernel-access' ? 0 : (vcpus.find(v => v.id === call.vcpu)?.space ?? null)

const target = (cells: Accessing): Slot | null => {
  const space = cells.spaces[spaceOfAccess(cells) ?? -1]
  return space === undefined ? null : slotAt(space, cells.call.gfn)
}
const shown = (cells: Accessing) => ({
  space: spaceOfAccess(cells),
  gfn: cells.call.gfn,
  slot: target(cells),
})

const vcpuExists: Premise<Accessing> = premise(
  'vcpu-exists',
  'the VM has the vCPU',
  cells => spaceOfAccess(cells) !== null,
  ({ call, vcpus }) => ({ vcpu: 'vcpu' in call ? call.vcpu : null, vcpus }),
)
const mapped: Premise<Accessing> = premise(
  'mapped',
  'a slot lies behind the frame',
  c => target(c) !== null,
  shown,
)
const writable: Premise<Accessing> = premise(
  'writable',
  'the slot is not read-only',
  c => target(c)?.ro === false,
  shown,
)
const visible: Premise<Accessing> = premise(
  'visible',
  'the slot is a user slot: the page walker sees no other',
  cells => (target(cells)?.id ?? 0) < cells.params.slotLimit,
  cells => ({ ...shown(cells), slotLimit: cells.params.slotLimit }),
)
const writes: Premise<Accessing> = premise(
  'writes',
  'the access writes',
  ({ call }) => 'data' in call && call.data !== undefined,
  ({ call }) => ({ op: call.op }),
)

const pageOrNull = (cells: Accessing): number | null => {
  const slot = target(cells)
  return slot === null ? null : slot.hva + (cells.call.gfn - slot.base)
}
const host = (cells: Accessing) => ({ ...shown(cells), hva: pageOrNull(cells), host: cells.host })
const hostReadable: Premise<Accessing> = premise(
  'host-readable',
  'the host can read the page behind the frame',
  cells => canRead(cells.host, pageOrNull(cells) ?? -1),
  host,
)
const hostWritable: Premise<Accessing> = premise(
  'host-writable',
  'the host can write the page behind the frame',
  cells => canWrite(cells.host, pageOrNull(cells) ?? -1),
  host,
)

const pageBehind = (cells: Accessing): HvaPage => {
  const slot = target(cells) as Slot // mapped
  return hvaPage(slot.hva + (cells.call.gfn - slot.base))
}
const sizeOf = ({ call }: Accessing): number =>
  'data' in call && call.data !== undefined ? call.data.length / 2 : 'size' in call ? call.size : 0

const relog = (cells: Accessing, log: typeof mark): Cells => {
  const slot = target(cells) as Slot // mapped
  const as = spaceOfAccess(cells) as number // vcpu-exists
  if (slot.dirty === null) return cells
  const page = cells.call.gfn - slot.base
  const dirty = log(slot.dirty, pageRange(page, page + 1))
  if (dirty === slot.dirty) return cells
  const space = cells.spaces[as] as Space // mapped
  return withSpace<Cells>(cells, as, {
    slots: withSlot(space.slots, withLog(slot, dirty)),
    swaps: space.swaps,
  })
}

/** Reads the bytes; hardware that is not exact may take the read of a logged page for a write. */
const readData = (cells: Accessing): Cells => {
  const data = load(cells.memory, pageBehind(cells), cells.call.offset, sizeOf(cells))
  const after = cells.params.exact || cells.call.op === 'kernel-access' ? cells : relog(cells, mayMark)
  return answer(after, ended('data', data))
}

/** Writes the bytes, then marks the page; a read-modify-write answers what stood there. */
const writeData = (cells: Accessing): Cells => {
  const { call, memory } = cells
  const page = pageBehind(cells)
  const data = ('data' in call ? call.data : undefined) ?? '' // writes
  const old = call.op === 'rmw' ? load(memory, page, call.offset, sizeOf(cells)) : null
  return answer(relog({ ...cells, memory: store(memory, page, call.offset, data) }, mark), ended('data', old))
}

const access = (
  id: string,
  op: Op,
  says: string,
  when: readonly Premise<Accessing>[],
  rewrite: (cells: Accessing) => Cells,
): Rule<Cells> =>
  rule<Cells, Accessing>({
    id,
    kind: 'access',
    says,
    cites: [
      linux('arch/x86/kvm/mmu/mmu.c', 'kvm_mmu_faultin_pfn'),
      observed('real-kvm 4, 5'),
      semantics('1: access'),
    ],
    match: { call: { op } } as never, // one of the access kinds, which the index is made from
    when: op === 'kernel-access' ? when : [vcpuExists, ...when],
    rewrite,
  })

const end =
  (how: AccessEnd, errno: Errno | null = null) =>
  (cells: Accessing) =>
    answer(cells, ended(how, null, errno))

const ofVcpu = ['read', 'fetch', 'walk', 'write', 'rmw', 'ad-update'] as const

export const accessRules: readonly Rule<Cells>[] = [
  ...ofVcpu.map(op =>
    rule<Cells, Accessing>({
      id: `${op}.no-vcpu`,
      kind: 'access',
      says: 'Only a vCPU that exists makes accesses.',
      cites: [semantics('1: vCPU')],
      match: { call: { op } } as never, // one of the access kinds, which the index is made from
      when: [not(vcpuExists)],
      rewrite: cells => answer(cells, ended('fault', null, 'ENOENT')),
    }),
  ),
  access(
    'read.memory',
    'read',
    'A read from any slot is served from its memory, read-only or not.',
    [mapped, hostReadable],
    readData,
  ),
  access(
    'read.bad-hva',
    'read',
    'A read of a page that the host cannot read ends KVM_RUN with EFAULT.',
    [mapped, not(hostReadable)],
    end('exit', 'EFAULT'),
  ),
  access('read.hole', 'read', 'A read from a hole exits as MMIO.', [not(mapped)], end('mmio')),
  access(
    'fetch.memory',
    'fetch',
    'A fetch from any slot takes its bytes, read-only or not.',
    [mapped, hostReadable],
    readData,
  ),
  access(
    'fetch.bad-hva',
    'fetch',
    'A fetch from a page that the host cannot read ends KVM_RUN with EFAULT.',
    [mapped, not(hostReadable)],
    end('exit', 'EFAULT'),
  ),
  access(
    'fetch.hole',
    'fetch',
    'A fetch from a hole exits with an emulation failure, nothing queued.',
    [not(mapped)],
    end('exit'),
  ),
  access(
    'write.memory',
    'write',
    'A write to a writable slot is done, and then marked.',
    [mapped, writable, hostWritable],
    writeData,
  ),
  access(
    'write.bad-hva',
    'write',
    'A write to a page that the host cannot write ends KVM_RUN with EFAULT, and marks nothing.',
    [mapped, writable, not(hostWritable)],
    end('exit', 'EFAULT'),
  ),
  access(
    'write.read-only',
    'write',
    'A write to a read-only slot is an MMIO exit and no write to the page.',
    [mapped, not(writable)],
    end('mmio'),
  ),
  access('write.hole', 'write', 'A write to a hole exits as MMIO.', [not(mapped)], end('mmio')),
  access(
    'rmw.memory',
    'rmw',
    'A read-modify-write of a writable page is one indivisible write.',
    [mapped, writable, hostWritable],
    writeData,
  ),
  access(
    'rmw.bad-hva',
    'rmw',
    'A read-modify-write of a page that the host cannot write ends KVM_RUN with EFAULT, and marks nothing.',
    [mapped, writable, not(hostWritable)],
    end('exit', 'EFAULT'),
  ),
  access(
    'rmw.read-only',
    'rmw',
    'On a read-only page it reads memory and sends the result out as MMIO.',
    [mapped, not(writable)],
    end('mmio'),
  ),
  access('rmw.hole', 'rmw', 'On a hole its load exits as MMIO.', [not(mapped)], end('mmio')),
  access(
    'walk.memory',
    'walk',
    'A table entry is read from a user slot, read-only or not.',
    [mapped, visible, hostReadable],
    readData,
  ),
  access(
    'walk.bad-hva',
    'walk',
    'A table page that the host cannot read is a page fault, as one in a hole.',
    [mapped, visible, not(hostReadable)],
    end('fault'),
  ),
  access(
    'walk.invisible',
    'walk',
    'The page walker does not see internal slots.',
    [mapped, not(visible)],
    end('fault'),
  ),
  access('walk.hole', 'walk', 'A table page in a hole is a page fault.', [not(mapped)], end('fault')),
  access(
    'ad-update.memory',
    'ad-update',
    'Accessed and dirty bits are written to the table page, and the page is marked.',
    [mapped, visible, writable, hostWritable],
    writeData,
  ),
  access(
    'ad-update.bad-hva',
    'ad-update',
    'Bits that the host cannot write are a page fault.',
    [mapped, visible, writable, not(hostWritable)],
    end('fault'),
  ),
  access(
    'ad-update.read-only',
    'ad-update',
    'In a read-only slot the bits are left as they are, and the walk goes on.',
    [mapped, visible, not(writable)],
    end('data'),
  ),
  access(
    'ad-update.invisible',
    'ad-update',
    'The page walker does not see internal slots.',
    [mapped, not(visible)],
    end('fault'),
  ),
  access(
    'ad-update.hole',
    'ad-update',
    'A table page in a hole is a page fault.',
    [not(mapped)],
    end('fault'),
  ),
  access(
    'kernel.read',
    'kernel-access',
    'The hypervisor reads any slot of space 0.',
    [not(writes), mapped, hostReadable],
    readData,
  ),
  access(
    'kernel.read-bad-hva',
    'kernel-access',
    'A page that the host cannot read is an error to the hypervisor.',
    [not(writes), mapped, not(hostReadable)],
    end('fault', 'EFAULT'),
  ),
  access(
    'kernel.read-hole',
    'kernel-access',
    'A hole is an error to the hypervisor, not MMIO.',
    [not(writes), not(mapped)],
    end('fault', 'EFAULT'),
  ),
  access(
    'kernel.write',
    'kernel-access',
    'The hypervisor writes a writable slot of space 0, and marks it.',
    [writes, mapped, writable, hostWritable],
    writeData,
  ),
  access(
    'kernel.write-bad-hva',
    'kernel-access',
    'A page that the host cannot write is an error to the hypervisor, and is not marked.',
    [writes, mapped, writable, not(hostWritable)],
    end('fault', 'EFAULT'),
  ),
  access(
    'kernel.write-read-only',
    'kernel-access',
    'A read-only slot is an error to a write of the hypervisor.',
    [writes, mapped, not(writable)],
    end('fault', 'EFAULT'),
  ),
  access(
    'kernel.write-hole',
    'kernel-access',
    'A hole is an error to the hypervisor, not MMIO.',
    [writes, not(mapped)],
    end('fault', 'EFAULT'),
  ),
]
