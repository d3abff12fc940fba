import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { expect, it } from 'vitest'
import { packageRoot } from './package-root.js'

const root = packageRoot()
const ROOMS = ['spec', 'oracle', 'impl', 'conformance'] as const
type Room = (typeof ROOMS)[number]

/** Whom each room may ask: `spec ← oracle ← conformance → impl`. */
const MAY_IMPORT: Readonly<Record<Room, readonly Room[]>> = {
  spec: ['spec'],
  oracle: ['oracle', 'spec'],
  impl: ['impl'],
  conformance: ROOMS,
}

/** Packages that a room's shipped code may use; tests may use vitest besides. */
const PACKAGES: Readonly<Record<Room, RegExp | null>> = {
  spec: /^(ts-pattern|fp-ts\/lib\/.*)$/,
  oracle: /^(io-ts|fp-ts\/lib\/.*|ts-pattern)$/,
  impl: /^$/,
  conformance: null,
}

const filesOf = (room: Room): readonly string[] =>
  readdirSync(join(root, room), { recursive: true, encoding: 'utf8' })
    .filter(file => file.endsWith('.ts') && !file.includes('fixtures/'))
    .map(file => join(room, file))

/** Everything a file imports, dynamic imports and re-exports included. */
const importsOf = (file: string): readonly string[] => {
  const text = readFileSync(join(root, file), 'utf8')
  const found = text.matchAll(
    /(?:^|[\s;}])(?:import|export)\s[^'"`;]*?from\s*['"]([^'"]+)['"]|import\s*\(?\s*['"]([^'"]+)['"]/g,
  )
  return [...found].map(([, from, direct]) => from ?? direct ?? '')
}

/** Tests and what they share, which is not shipped. */
const isTest = (file: string): boolean => /\.(test|fixture)\.ts$/.test(file)

const sources = ROOMS.flatMap(room => filesOf(room).map(file => ({ room, file })))

it('finds the sources it is to judge', () => {
  expect(sources.length).toBeGreaterThan(150)
})

it('keeps the arrows of the house: spec ← oracle ← conformance → impl', () => {
  const wrong = sources.flatMap(({ room, file }) =>
    importsOf(file)
      .filter(from => from.startsWith('.'))
      .map(from => relative(root, join(root, dirname(file), from)).split('/')[0] as Room)
      .filter(to => !MAY_IMPORT[room].includes(to))
      .map(to => `${file} imports from ${to}`),
  )
  expect(wrong).toEqual([])
})

it('gives no room a package that is not its own', () => {
  const wrong = sources
    .filter(({ file }) => !isTest(file))
    .flatMap(({ room, file }) => {
      const allowed = PACKAGES[room]
      const foreign = importsOf(file).filter(
        from => !from.startsWith('.') && allowed !== null && !allowed.test(from),
      )
      return foreign.map(from => `${file} imports ${from}`)
    })
  expect(wrong).toEqual([])
})

it('keeps node out of what will run in a browser: engine, rules, codecs, checker, importers', () => {
  const browser = sources.filter(
    ({ room, file }) =>
      !isTest(file) && (room !== 'conformance' || file.startsWith('conformance/audit/recording/')),
  )
  const wrong = browser.flatMap(({ file }) =>
    importsOf(file)
      .filter(from => from.startsWith('node:'))
      .map(from => `${file} imports ${from}`),
  )
  expect(browser.length).toBeGreaterThan(100)
  expect(wrong).toEqual([])
})

it('names no file for what it is not: no utils, helpers or managers', () => {
  expect(sources.filter(({ file }) => /util|helper|manager/i.test(file))).toEqual([])
})
