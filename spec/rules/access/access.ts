import { type Citation, not, type Premise, type Rule, rule } from '../../rewrite/index.js'
import type { Cells } from '../../terms/cells.js'
import { exitsOf, type MmioExit } from '../../terms/mmio.js'
import { addressOf } from '../../terms/numbers.js'
import type { PhysicalAccess } from '../../terms/operation.js'
import { type AccessEnd, type Errno, ended } from '../../terms/result.js'
import { answer } from '../answer.js'
import { linux, observed, semantics } from '../cite.js'
import { bytesBehind, readData, sizeOf, writeData } from './bytes.js'
import {
  type Accessing,
  failedFetchExits,
  hostReadable,
  hostWritable,
  mapped,
  mayBeEmulated,
  mayBeHardware,
  servesRead,
  vcpuExists,
  visible,
  writable,
  writes,
} from './target.js'

type Op = PhysicalAccess['op']

const fault = linux('arch/x86/kvm/mmu/mmu.c', 'kvm_mmu_faultin_pfn')
const walker = linux('arch/x86/kvm/mmu/paging_tmpl.h', 'walk_addr_generic')

/** Where KVM does each, and where it was seen; accesses of the kernel's own were not observed. */
const SEEN: Readonly<Record<Op, readonly Citation[]>> = {
  read: [fault, observed('Data')],
  fetch: [fault, observed('Fetch from a hole')],
  write: [fault, observed('Data'), observed('Dirty log')],
  rmw: [fault, observed('Data'), observed('Dirty log')],
  walk: [walker, observed('Page tables')],
  'ad-update': [walker, observed('Page tables'), observed('Dirty log')],
  'kernel-access': [
    linux(
      'virt/kvm/kvm_main.c',
      'kvm_read_guest, kvm_write_guest, __kvm_gfn_to_hva_cache_init, __gfn_to_hva_many',
    ),
  ],
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
    cites: [...SEEN[op], semantics('Access')],
    match: { call: { op } },
    when: op === 'kernel-access' ? when : [vcpuExists, ...when],
    rewrite,
  })

/** What KVM's emulator does with a page that the host denies. */
const emulated = (
  id: string,
  op: 'read' | 'fetch' | 'write' | 'rmw',
  says: string,
  when: readonly Premise<Accessing>[],
  rewrite: (cells: Accessing) => Cells,
): Rule<Cells> =>
  rule<Cells, Accessing>({
    id,
    kind: 'access',
    says,
    cites: [
      linux('arch/x86/kvm/x86.c', op === 'fetch' ? 'kvm_fetch_guest_virt' : 'emulator_read_write_onepage'),
      observed('Host pages'),
    ],
    match: { call: { op } },
    when: [vcpuExists, ...when],
    rewrite,
  })

const end =
  (how: AccessEnd, errno: Errno | null = null) =>
  (cells: Accessing) =>
    answer(cells, ended(how, null, errno))

const gpaOf = ({ call }: Accessing): bigint => addressOf(call.gfn) + BigInt(call.offset)
const readExits = (cells: Accessing): readonly MmioExit[] => exitsOf(gpaOf(cells), sizeOf(cells))
const writeExits = (cells: Accessing): readonly MmioExit[] => {
  const { call } = cells
  return exitsOf(gpaOf(cells), sizeOf(cells), 'data' in call ? call.data : undefined)
}
/** It ends as MMIO, with these exits. */
const mmio =
  (...exits: readonly ((cells: Accessing) => readonly MmioExit[])[]) =>
  (cells: Accessing): Cells =>
    answer(cells, ended('mmio', null, null, { mmio: exits.flatMap(of => of(cells)) }))

const ofVcpu = ['read', 'fetch', 'walk', 'write', 'rmw', 'ad-update'] as const

export const accessRules: readonly Rule<Cells>[] = [
  ...ofVcpu.map(op =>
    rule<Cells, Accessing>({
      id: `${op}.no-vcpu`,
      kind: 'access',
      says: 'Only a vCPU that exists makes accesses.',
      cites: [semantics('vCPU')],
      match: { call: { op } },
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
    [mapped, not(hostReadable), mayBeHardware],
    end('exit', 'EFAULT'),
  ),
  emulated(
    'read.bad-hva-emulated',
    'read',
    'The emulator takes a page that the host cannot read for a device: MMIO.',
    [mapped, not(hostReadable), mayBeEmulated],
    mmio(readExits),
  ),
  access('read.hole', 'read', 'A read from a hole exits as MMIO.', [not(mapped)], mmio(readExits)),
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
    [mapped, not(hostReadable), mayBeHardware],
    end('exit', 'EFAULT'),
  ),
  emulated(
    'fetch.bad-hva-emulated',
    'fetch',
    'The emulator cannot fetch from a page that the host cannot read: emulation fails.',
    [mapped, not(hostReadable), mayBeEmulated],
    end('exit'),
  ),
  access(
    'fetch.hole',
    'fetch',
    'A fetch from a hole exits with an emulation failure, nothing queued.',
    [not(mapped), failedFetchExits],
    end('exit'),
  ),
  rule<Cells, Accessing>({
    id: 'fetch.hole-abort',
    kind: 'access',
    says: 'On arm64 a fetch from a hole is an abort that the guest takes, and no exit.',
    cites: [linux('arch/arm64/kvm/mmu.c', 'kvm_handle_guest_abort'), observed('INVALID on three kernels')],
    match: { call: { op: 'fetch' } },
    when: [vcpuExists, not(mapped), not(failedFetchExits)],
    rewrite: end('fault'),
  }),
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
    [mapped, writable, not(hostWritable), mayBeHardware],
    end('exit', 'EFAULT'),
  ),
  emulated(
    'write.bad-hva-emulated',
    'write',
    'The emulator takes a page that the host cannot write for a device: MMIO, and nothing is marked.',
    [mapped, writable, not(hostWritable), mayBeEmulated],
    mmio(writeExits),
  ),
  access(
    'write.read-only',
    'write',
    'A write to a read-only slot is an MMIO exit and no write to the page.',
    [mapped, not(writable)],
    mmio(writeExits),
  ),
  access('write.hole', 'write', 'A write to a hole exits as MMIO.', [not(mapped)], mmio(writeExits)),
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
    [mapped, writable, not(hostWritable), mayBeHardware],
    end('exit', 'EFAULT'),
  ),
  emulated(
    'rmw.unreadable-emulated',
    'rmw',
    'The emulator’s load for a read-modify-write of a page that the host cannot read is MMIO; the exchange then fails.',
    [mapped, writable, not(hostReadable), mayBeEmulated],
    mmio(readExits),
  ),
  rule<Cells, Accessing>({
    id: 'rmw.unwritable-emulated',
    kind: 'access',
    says: 'The emulator’s compare-and-exchange on a page that the host can read and not write is an emulation failure.',
    cites: [linux('arch/x86/kvm/x86.c', 'emulator_cmpxchg_emulated'), semantics('Access')],
    match: { call: { op: 'rmw' } },
    when: [vcpuExists, mapped, writable, hostReadable, not(hostWritable), mayBeEmulated],
    rewrite: end('exit'),
    notes: {
      why: 'Locked operations only: others store as a write does, and end as write.bad-hva-emulated.',
      variation: 'Before Linux 5.17 (5d6c7de6446e) it went on as a write, and ended as MMIO.',
    },
  }),
  access(
    'rmw.read-only',
    'rmw',
    'A read-modify-write of a read-only page reads memory and exits with the result as MMIO.',
    [mapped, not(writable), hostReadable],
    cells => answer(cells, ended('mmio', bytesBehind(cells), null, { mmio: writeExits(cells) })),
  ),
  access(
    'rmw.read-only-unreadable',
    'rmw',
    'Where the host denies a read-only page KVM’s emulator reads it as a device: a read-modify-write is MMIO to load and to store.',
    [mapped, not(writable), not(hostReadable)],
    mmio(readExits, writeExits),
  ),
  access(
    'rmw.hole',
    'rmw',
    'A read-modify-write of a hole exits as MMIO on its load, and again with what it stores.',
    [not(mapped)],
    mmio(readExits, writeExits),
  ),
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
    'A table page that the host cannot read is a page fault, as a hole is.',
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
    'Accessed and dirty bits that the host cannot write are a page fault.',
    [mapped, visible, writable, not(hostWritable)],
    end('fault'),
  ),
  access(
    'ad-update.read-only',
    'ad-update',
    'In a read-only slot accessed and dirty bits are left as they are, and the walk goes on.',
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
    'The hypervisor reads any slot of space 0; through a cached hva, any that is writable.',
    [not(writes), mapped, servesRead, hostReadable],
    readData,
  ),
  access(
    'kernel.read-bad-hva',
    'kernel-access',
    'A page that the host cannot read is an error to the hypervisor.',
    [not(writes), mapped, servesRead, not(hostReadable)],
    end('fault', 'EFAULT'),
  ),
  access(
    'kernel.read-cached',
    'kernel-access',
    'A cached hva is asked for as for a write, so that a read-only slot is an error to a read through it.',
    [not(writes), mapped, not(servesRead)],
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
