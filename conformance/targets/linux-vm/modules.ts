import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Either, isLeft, left, right } from 'fp-ts/lib/Either.js'
import type { NoVm } from './no-vm.js'
import { runCommand } from './run-command.js'

/** A module as the kernel loads it. */
export interface KernelModule {
  readonly name: string
  readonly bytes: Uint8Array
}

/** Merged `/usr` or not: where a package has a folder. */
export const firstFolder = (folder: string, ...paths: readonly string[]): string | null =>
  paths.map(path => join(folder, path)).find(path => existsSync(path)) ?? null

const fileOf = (modules: string, name: string): string | null => {
  const wanted = new RegExp(`^${name.replace(/[-_]/g, '[-_]')}\\.ko(\\.xz|\\.zst)?$`)
  const found = readdirSync(modules, { recursive: true, encoding: 'utf8' }).find(path =>
    wanted.test(path.split('/').at(-1) ?? ''),
  )
  return found === undefined ? null : join(modules, found)
}

const bytesOf = async (file: string): Promise<Either<NoVm, Uint8Array>> => {
  if (file.endsWith('.xz')) return runCommand(['xz', '-dc', file], 'xz-utils')
  if (file.endsWith('.zst')) return runCommand(['zstd', '-dcq', file], 'zstd')
  return right(readFileSync(file))
}

/** What a module says that it depends on: `depends=` of its `.modinfo`, strings that end with a zero. */
export const dependsOf = (bytes: Uint8Array): readonly string[] => {
  const text = Buffer.from(bytes).toString('latin1')
  const found = /\0depends=([\w,-]*)\0/.exec(text)?.[1] ?? ''
  return found.split(',').filter(name => name !== '')
}

/**
 * Modules and all that they need, in the order in which they can be loaded. What has no file is built into the kernel, or is
 * missed when it is used.
 */
export const modulesFor = async (
  folder: string,
  names: readonly string[],
): Promise<Either<NoVm, readonly KernelModule[]>> => {
  const modules = firstFolder(folder, 'lib/modules', 'usr/lib/modules')
  if (modules === null) return left({ kind: 'no file', folder, what: 'lib/modules' })
  const order: KernelModule[] = []
  const add = async (wanted: string): Promise<Either<NoVm, null>> => {
    const file = order.some(one => one.name === wanted) ? null : fileOf(modules, wanted)
    if (file === null) return right(null)
    const bytes = await bytesOf(file)
    if (isLeft(bytes)) return bytes
    for (const other of dependsOf(bytes.right)) {
      const added = await add(other)
      if (isLeft(added)) return added
    }
    order.push({ name: wanted, bytes: bytes.right })
    return right(null)
  }
  for (const name of names) {
    const added = await add(name)
    if (isLeft(added)) return added
  }
  return right(order)
}
