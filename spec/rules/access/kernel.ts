import { not, type Rule } from '../../rewrite/index.js'
import type { Cells } from '../../terms/cells.js'
import { readData, writeData } from './bytes.js'
import { access, end } from './form.js'
import { hostReadable, hostWritable, mapped, servesRead, writable, writes } from './target.js'

/** Accesses of the hypervisor itself. */
export const kernelRules: readonly Rule<Cells>[] = [
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
