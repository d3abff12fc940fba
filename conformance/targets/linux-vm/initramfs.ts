import { createWriteStream, existsSync, readdirSync, readFileSync, realpathSync, statSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { type Either, isLeft, left, right } from 'fp-ts/lib/Either.js'
import { packageRoot } from '../../package-root.js'
import { type CpioEntry, cpioOf } from './cpio.js'
import { modulesFor } from './modules.js'
import type { NoVm } from './no-vm.js'
import { runCommand } from './run-command.js'

/** Packages that what runs inside imports, each whole. */
const PACKAGES = ['fp-ts', 'io-ts', 'ts-pattern', 'koffi', '@koromix/koffi-linux-x64'] as const
const INIT = 'dist/conformance/targets/linux-vm/init.js'
/** What KVM and the port need; kernels differ in what they have built in. */
const MODULES = ['virtio_pci', 'virtio_console', 'kvm-amd'] as const
/** Where the project is inside. */
const HOME = 'm'

const filesBelow = (from: string, to: string): readonly CpioEntry[] => [
  { path: to, kind: 'directory' },
  ...readdirSync(from, { withFileTypes: true }).flatMap((entry): readonly CpioEntry[] => {
    const path = `${to}/${entry.name}`
    const file = join(from, entry.name)
    if (entry.isDirectory()) return filesBelow(file, path)
    return statSync(file).isFile() ? [{ path, kind: 'file', data: readFileSync(file) }] : []
  }),
]

/** The folder of an installed package, wherever Node finds it. */
const folderOf = (name: string): string | null => {
  const paths = createRequire(import.meta.url).resolve.paths(name) ?? []
  return paths.map(path => join(path, name)).find(path => existsSync(path)) ?? null
}

/** Node, the libraries that it loads and their loader, at the paths where it looks for them. */
const nodeFiles = async (): Promise<Either<NoVm, readonly CpioEntry[]>> => {
  const node = realpathSync(process.execPath)
  const listed = await runCommand(['ldd', node], 'libc-bin')
  if (isLeft(listed)) return listed
  const libraries = [...listed.right.toString().matchAll(/(\/\S+) \(0x/g)].map(([, path = '']) => path)
  const folders = new Set<string>()
  for (const library of libraries)
    for (let at = dirname(library); at !== '/'; at = dirname(at)) folders.add(at.slice(1))
  return right([
    ...[...folders].toSorted().map((path): CpioEntry => ({ path, kind: 'directory' })),
    ...libraries.map(
      (path): CpioEntry => ({
        path: path.slice(1),
        kind: 'file',
        data: readFileSync(path),
        executable: true,
      }),
    ),
    { path: 'bin', kind: 'directory' },
    { path: 'bin/node', kind: 'file', data: readFileSync(node), executable: true },
  ])
}

/** Everything that a kernel needs to serve its own KVM: Node, this project, and the modules. Written to a file. */
export const writeInitramfs = async (kernel: string, to: string): Promise<Either<NoVm, null>> => {
  const root = packageRoot()
  if (!existsSync(join(root, INIT))) return left({ kind: 'not built' })
  const node = await nodeFiles()
  if (isLeft(node)) return node
  const modules = await modulesFor(kernel, MODULES)
  if (isLeft(modules)) return modules
  const packages = PACKAGES.flatMap(name => {
    const folder = folderOf(name)
    return folder === null ? [] : filesBelow(folder, `${HOME}/node_modules/${name}`)
  })
  const entries: readonly CpioEntry[] = [
    ...[
      'proc',
      'sys',
      'dev',
      'tmp',
      'modules',
      HOME,
      `${HOME}/node_modules`,
      `${HOME}/node_modules/@koromix`,
    ].map((path): CpioEntry => ({ path, kind: 'directory' })),
    ...node.right,
    ...filesBelow(join(root, 'dist'), `${HOME}/dist`),
    { path: `${HOME}/package.json`, kind: 'file', data: readFileSync(join(root, 'package.json')) },
    ...packages,
    ...modules.right.map(
      ({ name, bytes }, i): CpioEntry => ({
        path: `modules/${String(i).padStart(2, '0')}-${name}.ko`,
        kind: 'file',
        data: bytes,
      }),
    ),
    { path: 'init', kind: 'file', data: Buffer.from(`#!/bin/node /${HOME}/${INIT}\n`), executable: true },
  ]
  await pipeline(Readable.from(cpioOf(entries)), createWriteStream(to))
  return right(null)
}
