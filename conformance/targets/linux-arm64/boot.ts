import { createWriteStream, mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { type Either, isLeft, left, right } from 'fp-ts/lib/Either.js'
import { packageRoot } from '../../package-root.js'
import { kernelFiles } from '../linux-vm/boot.js'
import { type CpioEntry, cpioOf } from '../linux-vm/cpio.js'
import { cacheFolder } from '../linux-vm/download.js'
import { arm64NameOf } from '../linux-vm/kernel-name.js'
import { modulesFor } from '../linux-vm/modules.js'
import type { NoVm } from '../linux-vm/no-vm.js'
import { runCommand } from '../linux-vm/run-command.js'
import { crossCompiled, type Source } from './cross-compile.js'

/** A kernel of arm64 with one program, ready to be booted. */
export interface Arm64Machine {
  /** The words of the command that boots it; the program speaks through its standard streams. */
  readonly command: readonly [string, ...string[]]
  /** The kernel, as its files are called. */
  readonly release: string
  /** Where its console is written: what it says when it panics. */
  readonly log: string
}

const QEMU = 'qemu-system-aarch64'
const MEGABYTES = 1024
const INIT = 'conformance/targets/linux-arm64/init.c'
/** What the port needs; KVM itself is built into kernels of arm64. */
const MODULES = ['virtio_pci', 'virtio_console'] as const

/** Everything that is there when the kernel has booted: the program, what runs it, and modules. */
const writeInitramfs = async (
  folder: string,
  program: Uint8Array,
  to: string,
): Promise<Either<NoVm, null>> => {
  const text = readFileSync(join(packageRoot(), INIT), 'utf8')
  const init = await crossCompiled({ main: 'init.c', files: [{ path: 'init.c', text }] })
  if (isLeft(init)) return init
  const modules = await modulesFor(folder, MODULES)
  if (isLeft(modules)) return modules
  const entries: readonly CpioEntry[] = [
    ...['proc', 'sys', 'dev', 'modules'].map((path): CpioEntry => ({ path, kind: 'directory' })),
    ...modules.right.map(
      ({ name, bytes }, i): CpioEntry => ({
        path: `modules/${String(i).padStart(2, '0')}-${name}.ko`,
        kind: 'file',
        data: bytes,
      }),
    ),
    { path: 'program', kind: 'file', data: program, executable: true },
    { path: 'init', kind: 'file', data: init.right, executable: true },
  ]
  await pipeline(Readable.from(cpioOf(entries)), createWriteStream(to))
  return right(null)
}

/**
 * Sees to it that a kernel of arm64 can be booted under software emulation, at EL2, with a program in C that is compiled
 * for it: on such a machine neither Node nor anything else of this project runs.
 */
export const arm64Machine = async (
  name: string,
  source: Source,
  given: readonly string[],
  tell: (what: string) => void,
): Promise<Either<NoVm, Arm64Machine>> => {
  const wanted = arm64NameOf(name)
  if (wanted === null) return left({ kind: 'no name', name })
  const there = await runCommand([QEMU, '--version'], 'qemu-system-arm')
  if (isLeft(there)) return there
  const program = await crossCompiled(source)
  if (isLeft(program)) return program
  const files = await kernelFiles(wanted.kernel, 'arm64', tell)
  if (isLeft(files)) return files
  const { folder, image, release } = files.right
  mkdirSync(cacheFolder(), { recursive: true })
  const initramfs = join(cacheFolder(), `${release}.cpio`)
  const written = await writeInitramfs(folder, program.right, initramfs)
  if (isLeft(written)) return written
  const log = join(cacheFolder(), `${release}.console`)
  const machine = 'virt,virtualization=on,gic-version=3'
  const append = ['console=ttyAMA0', 'quiet', 'panic=-1', 'rcupdate.rcu_expedited=1']
  return right({
    command: [
      QEMU,
      ...['-accel', 'tcg,thread=multi', '-machine', machine, '-cpu', 'max,pauth-impdef=on', '-smp', '2'],
      ...['-m', String(MEGABYTES), '-display', 'none', '-no-reboot', '-nodefaults'],
      ...['-kernel', image, '-initrd', initramfs],
      ...['-chardev', 'stdio,id=program,signal=off', '-device', 'virtio-serial-pci'],
      ...['-device', 'virtserialport,chardev=program,name=program'],
      ...['-chardev', `file,id=console,path=${log}`, '-serial', 'chardev:console'],
      ...['-append', [...append, `memslot.run=${given.join(',')}`].join(' ')],
    ],
    release,
    log,
  })
}
