import { not, type Rule, rule } from '../../rewrite/index.js'
import type { Cells } from '../../terms/cells.js'
import { linux, observed } from '../cite.js'
import { readData } from './bytes.js'
import { access, emulated, end, mmio, readExits } from './form.js'
import {
  type Accessing,
  failedFetchExits,
  hostReadable,
  mapped,
  mayBeEmulated,
  mayBeHardware,
  vcpuExists,
} from './target.js'

/** Reads and fetches of a vCPU, by frame. */
export const loadRules: readonly Rule<Cells>[] = [
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
]
