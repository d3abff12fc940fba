import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, renameSync, statSync } from 'node:fs'
import { basename, join } from 'node:path'
import { type Either, isLeft, left, right } from 'fp-ts/lib/Either.js'
import { packageRoot } from '../../package-root.js'
import { cacheFolder, kernelFolder } from './download.js'
import { writeInitramfs } from './initramfs.js'
import { type KernelName, vmNameOf } from './kernel-name.js'
import type { NoVm } from './no-vm.js'
import type { Architecture } from './packages.js'
import { runCommand } from './run-command.js'

/** Programs of this project that can be run inside: by the path of what is compiled. */
export const INSIDE = {
  serve: 'conformance/targets/kvm/child.js',
  race: 'conformance/race/kvm/child.js',
} as const

export interface Bootable {
  /** The words of the command that boots it and runs a program, which speaks through its standard streams. */
  readonly command: (
    program: keyof typeof INSIDE,
    ...given: readonly string[]
  ) => readonly [string, ...string[]]
  /** The kernel, as its files are called. */
  readonly release: string
  /** Where its console is written: what it says when it panics. */
  readonly log: string
}

const QEMU = 'qemu-system-x86_64'
const MEGABYTES = 2048

/** The image of a kernel: in `boot`, or beside its modules, as newer packages have it. */
const imageIn = (folder: string): string | null => {
  const image = readdirSync(folder, { recursive: true, encoding: 'utf8' }).find(path =>
    basename(path).startsWith('vmlinuz'),
  )
  return image === undefined ? null : join(folder, image)
}

/** A kernel as it is booted. */
export interface KernelFiles {
  /** Where its package is unpacked. */
  readonly folder: string
  readonly image: string
  /** As its files are called. */
  readonly release: string
}

/** The files of a kernel, which are downloaded where they are not there yet. */
export const kernelFiles = async (
  kernel: KernelName,
  architecture: Architecture,
  tell: (what: string) => void,
): Promise<Either<NoVm, KernelFiles>> => {
  const found = await kernelFolder(kernel, architecture, tell)
  if (isLeft(found)) return found
  const folder = found.right
  if (!existsSync(folder)) return left({ kind: 'no file', folder, what: 'kernel' })
  const image = imageIn(folder)
  if (image === null) return left({ kind: 'no file', folder, what: 'vmlinuz' })
  return right({ folder, image, release: basename(image).replace(/^vmlinuz-?/, '') || basename(folder) })
}

/** Of each folder of this project its own: what is compiled there is in the archive. */
const ofThisFolder = (): string => createHash('sha256').update(packageRoot()).digest('hex').slice(0, 8)

/** Where the archive of a kernel is; it is made anew where this project is built since. */
const initramfsOf = async (folder: string, release: string): Promise<Either<NoVm, string>> => {
  const file = join(cacheFolder(), `${release}-${ofThisFolder()}.cpio`)
  const built = join(packageRoot(), 'dist')
  if (!existsSync(built)) return left({ kind: 'not built' })
  if (existsSync(file) && statSync(file).mtimeMs > statSync(built).mtimeMs) return right(file)
  mkdirSync(cacheFolder(), { recursive: true })
  const part = `${file}.${process.pid}`
  const written = await writeInitramfs(folder, part)
  if (isLeft(written)) return written
  renameSync(part, file)
  return right(file)
}

/** Sees to it that a kernel can be booted under software emulation, with a processor that has nested SVM. */
export const bootable = async (
  name: string,
  tell: (what: string) => void,
): Promise<Either<NoVm, Bootable>> => {
  const wanted = vmNameOf(name)
  if (wanted === null) return left({ kind: 'no name', name })
  const there = await runCommand([QEMU, '--version'], 'qemu-system-x86')
  if (isLeft(there)) return there
  const files = await kernelFiles(wanted.kernel, 'amd64', tell)
  if (isLeft(files)) return files
  const { folder, image, release } = files.right
  const initramfs = await initramfsOf(folder, release)
  if (isLeft(initramfs)) return initramfs
  const log = join(cacheFolder(), `${release}.console`)
  const command: Bootable['command'] = (program, ...given) => [
    QEMU,
    ...['-accel', 'tcg,thread=multi', '-machine', 'q35', '-cpu', 'EPYC,+svm,+npt', '-smp', '2'],
    ...['-m', String(MEGABYTES), '-display', 'none', '-no-reboot', '-nodefaults'],
    ...['-kernel', image, '-initrd', initramfs.right],
    ...['-chardev', 'stdio,id=program,signal=off', '-device', 'virtio-serial-pci'],
    ...['-device', 'virtserialport,chardev=program,name=program'],
    ...['-chardev', `file,id=console,path=${log}`, '-serial', 'chardev:console'],
    '-append',
    [
      ...['console=ttyS0', 'quiet', 'panic=-1', 'rcupdate.rcu_expedited=1'],
      `kvm_amd.npt=${wanted.npt ? 1 : 0}`,
      'kvm.force_emulation_prefix=1',
      `memslot.run=${[`/m/dist/${INSIDE[program]}`, ...given].join(',')}`,
    ].join(' '),
  ]
  return right({ command, release, log })
}
