import { execFileSync } from 'node:child_process'
import { copyFileSync, existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { World } from '../../../spec/terms/steps/world.js'
import { packageRoot } from '../../package-root.js'

/** What a model checker found of a world. */
export interface Counted {
  readonly states: number
  readonly transitions: number
}

/** Another model checker, with a model of the same system in its own language. */
export interface Peer {
  readonly name: 'maude' | 'spin'
  /** Why it cannot be asked here; null where it can. */
  readonly missing: () => string | null
  readonly count: (world: World) => Counted
  /** Seconds of processor time for the search alone: not for starting, reading the model, or compiling it. */
  readonly seconds: (world: World) => number
}

const MODELS = join('conformance', 'bench', 'peers')
export const modelPath = (file: string): string => join(packageRoot(), MODELS, file)

const found = (tool: string): boolean =>
  (process.env.PATH ?? '').split(':').some(place => place !== '' && existsSync(join(place, tool)))

/** What is missing of the tools of Debian's packages, and of the model, which installed packages come without. */
export const missingOf = (tools: readonly string[], model: string): string | null => {
  const absent = tools.filter(tool => !found(tool))
  if (absent.length > 0) return `not installed: ${absent.join(', ')}`
  return existsSync(modelPath(model)) ? null : `${model} is not part of the installed package`
}

/** Runs `act` in a directory that has the model and the data of a world, and removes it afterwards. */
export const withModel = <A>(model: string, data: string, world: string, act: (place: string) => A): A => {
  const place = mkdtempSync(join(tmpdir(), 'memslot-peer-'))
  try {
    copyFileSync(modelPath(model), join(place, model))
    writeFileSync(join(place, data), world)
    return act(place)
  } finally {
    rmSync(place, { recursive: true, force: true })
  }
}

export const ask = (place: string, tool: string, ...args: readonly string[]): string =>
  execFileSync(tool, args, {
    cwd: place,
    // Maude takes PWD for its working directory.
    env: { ...process.env, PWD: place },
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
    maxBuffer: 1 << 26,
  })

/** The number a tool prints where it says so. */
export const told = (tool: string, said: string, where: RegExp): number => {
  const number = where.exec(said)?.[1]
  if (number === undefined) throw new Error(`${tool} said nothing like ${where}: ${said.slice(0, 400)}`)
  return Number(number)
}
