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

/**
 * The storeys inside a room, from the ground up: what stands on one (a folder, or a file of the room itself) may import
 * from the storeys below it, and nothing from its own or from those above.
 */
const STOREYS: Partial<Readonly<Record<Room, readonly (readonly string[])[]>>> = {
  impl: [
    ['base'],
    ['threads', 'memory', 'dirty'],
    ['memslots', 'options.ts'],
    ['update'],
    ['machine.ts'],
    ['readers'],
    ['calls'],
    ['x86'],
    ['vcpu.ts'],
    ['vm.ts'],
    ['index.ts'],
  ],
}

/** Circles that are still to be mended: below a folder, the children that import each other. This list only shrinks. */
const CIRCLES_TO_MEND: readonly string[] = []

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

/** The files that `file` imports, from the root. */
const filesImportedBy = (file: string): readonly string[] =>
  importsOf(file)
    .filter(from => from.startsWith('.'))
    .map(from => relative(root, join(root, dirname(file), from)).replace(/\.js$/, '.ts'))

/** What a file is below a folder: one of the folder's files or subfolders; undefined if the file lies elsewhere. */
const childBelow = (folder: string, file: string): string | undefined =>
  file.startsWith(`${folder}/`) ? file.slice(folder.length + 1).split('/')[0] : undefined

type Imports = ReadonlyMap<string, ReadonlySet<string>>

/** Which children of a folder import which others, tests apart. */
const importsBetweenChildren = (folder: string): Imports => {
  const imports = new Map<string, Set<string>>()
  for (const { file, imported } of shipped) {
    const child = childBelow(folder, file)
    if (child === undefined) continue
    const others = imported.flatMap(to => childBelow(folder, to) ?? []).filter(to => to !== child)
    imports.set(child, new Set([...(imports.get(child) ?? []), ...others]))
  }
  return imports
}

const reachableFrom = (start: string, imports: Imports): ReadonlySet<string> => {
  const reached = new Set<string>()
  const waiting = [start]
  for (let at = waiting.pop(); at !== undefined; at = waiting.pop()) {
    for (const next of imports.get(at) ?? []) {
      if (!reached.has(next)) waiting.push(next)
      reached.add(next)
    }
  }
  return reached
}

/** The groups of nodes of which each imports each other, directly or through others. */
const circlesOf = (imports: Imports): readonly string[] => {
  const reach = new Map([...imports.keys()].map(node => [node, reachableFrom(node, imports)]))
  const circleOf = (node: string) =>
    [...imports.keys()].filter(other => reach.get(node)?.has(other) && reach.get(other)?.has(node)).sort()
  return [...new Set([...imports.keys()].map(node => circleOf(node).join(' ')))].filter(
    circle => circle !== '',
  )
}

const sources = ROOMS.flatMap(room => filesOf(room).map(file => ({ room, file })))

const shipped = sources
  .filter(({ file }) => !isTest(file))
  .map(({ file }) => ({ file, imported: filesImportedBy(file) }))

const folders = [
  ...new Set(
    shipped.flatMap(({ file }) => {
      const parts = dirname(file).split('/')
      return parts.map((_, i) => parts.slice(0, i + 1).join('/'))
    }),
  ),
]

it('the house test finds the sources of the four rooms', () => {
  expect(sources.length).toBeGreaterThan(150)
})

it('rooms import only along the arrows spec ← oracle ← conformance → impl', () => {
  const wrong = sources.flatMap(({ room, file }) =>
    importsOf(file)
      .filter(from => from.startsWith('.'))
      .map(from => relative(root, join(root, dirname(file), from)).split('/')[0] as Room)
      .filter(to => !MAY_IMPORT[room].includes(to))
      .map(to => `${file} imports from ${to}`),
  )
  expect(wrong).toEqual([])
})

it('inside a room, files and folders import only from the storeys below their own', () => {
  const wrong = Object.entries(STOREYS).flatMap(([room, storeys]) => {
    const storeyOf = (child: string): number => storeys.findIndex(storey => storey.includes(child))
    return [...importsBetweenChildren(room)].flatMap(([child, imported]) => [
      ...(storeyOf(child) < 0 ? [`${room}/${child} is on no storey: name it in STOREYS`] : []),
      ...[...imported]
        .filter(to => storeyOf(to) >= storeyOf(child))
        .map(to => `${room}/${child} imports from ${room}/${to}, which is not below it`),
    ])
  })
  expect(wrong).toEqual([])
})

// A circle of files runs through at least two children of the folder that has them all, so it is found here as well.
it('no file or folder imports from another that imports from it, on any level of any room', () => {
  const circles = folders.flatMap(folder =>
    circlesOf(importsBetweenChildren(folder)).map(circle => `${folder}: ${circle}`),
  )
  expect(circles.sort()).toEqual([...CIRCLES_TO_MEND].sort())
})

it('the plays of stress go by any target, and import nothing of the one that asks /dev/kvm', () => {
  const ofStress = sources.filter(({ file }) => file.startsWith('conformance/stress/'))
  // A test of theirs may ask whether there is a KVM to be asked.
  const plays = ofStress.filter(({ file }) => !file.endsWith('.test.ts'))
  const wrong = plays.flatMap(({ file }) =>
    filesImportedBy(file)
      .filter(to => to.startsWith('conformance/targets/kvm/'))
      .map(to => `${file} imports ${to}`),
  )
  expect(ofStress.length).toBeGreaterThan(30)
  expect(wrong).toEqual([])
})

it('a room imports no package but its own', () => {
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

it('engine, rules, codecs, checker and importers, which run in a browser, import nothing of Node', () => {
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

it('no file is called util, helper or manager', () => {
  expect(sources.filter(({ file }) => /util|helper|manager/i.test(file))).toEqual([])
})
