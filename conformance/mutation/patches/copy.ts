import { existsSync } from 'node:fs'
import { cp, mkdtemp, readdir, rm, symlink } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { type Either, left, right } from 'fp-ts/lib/Either.js'
import { runProcess } from './run-process.js'
import { type Trouble, trouble } from './trouble.js'

const ROOMS = ['spec', 'oracle', 'impl', 'conformance'] as const
const BUILD = 'tsconfig.build.json'

/** A copy of the project's sources that may be broken: nothing shipped ever is. */
export interface Copy {
  readonly directory: string
  /** Applies a patch; `id` names it if it does not apply. */
  patch(id: string, patch: string, stop: AbortSignal): Promise<Either<Trouble, null>>
  build(id: string | null, stop: AbortSignal): Promise<Either<Trouble, null>>
  remove(): Promise<void>
}

export const sourcesMissing = (root: string): Trouble | null => {
  const missing = [...ROOMS.map(room => join(room, '')), BUILD, 'node_modules'].find(
    name => !existsSync(join(root, name)),
  )
  return missing === undefined ? null : trouble('no sources', null, `no ${missing}`)
}

/** Copies the sources without their tests; the packages are shared. One that is interrupted stays a part. */
export const copySources = async (root: string, stop: AbortSignal): Promise<Copy> => {
  const directory = await mkdtemp(join(tmpdir(), 'memslot-mutant-'))
  const at = (name: string) => join(directory, name)
  const loose = (await readdir(root)).filter(
    name => name === 'package.json' || /^tsconfig.*\.json$/.test(name),
  )
  const isWanted = (file: string) => !stop.aborted && !file.endsWith('.test.ts')
  for (const name of [...ROOMS, ...loose]) {
    await cp(join(root, name), at(name), { recursive: true, filter: isWanted })
  }
  await symlink(join(root, 'node_modules'), at('node_modules'), 'dir')
  return {
    directory,
    patch: async (id, patch, stop) => {
      const { status, err } = await runProcess('git', ['apply', '--whitespace=nowarn', '-'], {
        cwd: directory,
        stop,
        stdin: patch,
        // The copy is no repository, and must not be taken for a part of one that happens to lie above it.
        env: { GIT_CEILING_DIRECTORIES: dirname(directory) },
      })
      return status === 0 ? right(null) : left(trouble(stop.aborted ? 'interrupted' : 'patch', id, err))
    },
    build: async (id, stop) => {
      const tsc = join('node_modules', 'typescript', 'bin', 'tsc')
      const { status, out, err } = await runProcess(process.execPath, [tsc, '-p', BUILD], {
        cwd: directory,
        stop,
      })
      return status === 0 ? right(null) : left(trouble(stop.aborted ? 'interrupted' : 'build', id, out + err))
    },
    remove: () => rm(directory, { recursive: true, force: true }),
  }
}
