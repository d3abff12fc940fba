import { not, type Rule, rule } from '../../rewrite/index.js'
import type { Cells } from '../../terms/cells.js'
import { ended } from '../../terms/result.js'
import { answer } from '../answer.js'
import { linux, semantics } from '../cite.js'
import { bytesBehind, writeData } from './bytes.js'
import { access, emulated, end, mmio, readExits, writeExits } from './form.js'
import {
  type Accessing,
  hostReadable,
  hostWritable,
  mapped,
  mayBeEmulated,
  mayBeHardware,
  vcpuExists,
  writable,
} from './target.js'

/** Writes and exchanges of a vCPU, by frame. */
export const storeRules: readonly Rule<Cells>[] = [
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
]
