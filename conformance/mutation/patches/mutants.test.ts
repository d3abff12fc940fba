import { mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { isLeft, isRight } from 'fp-ts/lib/Either.js'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { decodeJson } from '../../../oracle/wire/decode.js'
import { packageRoot } from '../../package-root.js'
import { readCatalogue } from './catalogue.js'
import { MutantsReportCodec, printTrouble, renderMutants, runMutants } from './index.js'
import { suitesFor } from './suites.js'

/** A small project: an implementation that adds, and a command that judges it as `memslot conform` would. */
const FILES: Readonly<Record<string, string>> = {
  'package.json': '{"type":"module"}',
  'tsconfig.build.json': JSON.stringify({
    compilerOptions: {
      module: 'nodenext',
      target: 'es2023',
      rootDir: '.',
      outDir: 'dist',
      strict: true,
      types: ['node'],
    },
    include: ['spec', 'oracle', 'impl', 'conformance'],
  }),
  'spec/none.ts': 'export {}\n',
  'oracle/none.ts': 'export {}\n',
  'impl/add.ts': 'export const add = (a: number, b: number): number => a + b\n',
  'conformance/command/main.ts': `import { add } from '../../impl/add.js'
const asks: readonly (readonly [number, number])[] = process.argv.includes('--smoke') ? [[0, 0]] : [[0, 0], [2, 3]]
const failed = asks.filter(([a, b]) => add(a, b) !== [0, 0, 0, 0, 0, 5][a + b]).length
console.log(JSON.stringify({ failed }))
process.exitCode = failed > 0 ? 1 : 0
`,
}

const patch = (added: string, removed = 'a + b'): string => `--- a/impl/add.ts
+++ b/impl/add.ts
@@ -1 +1 @@
-export const add = (a: number, b: number): number => ${removed}
+export const add = (a: number, b: number): number => ${added}
`

let root: string

const write = (name: string, text: string): void => {
  mkdirSync(dirname(join(root, name)), { recursive: true })
  writeFileSync(join(root, name), text)
}

const catalogue = (patches: Readonly<Record<string, string>>): void => {
  const faults = Object.keys(patches).map(id => ({ id, class: 'S', source: 'impl', says: id, smallest: 1 }))
  write(
    'conformance/mutation/patches/catalogue/catalogue.json',
    JSON.stringify({ format: 'kvm-memslot-faults', version: 1, faults }),
  )
  for (const [id, text] of Object.entries(patches))
    write(`conformance/mutation/patches/catalogue/${id}.patch`, text)
}

/** Copies that were not removed: each test has a directory of its own for temporary files. */
const copies = (): readonly string[] => readdirSync(tmpdir())

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'memslot-tiny-'))
  for (const [name, text] of Object.entries(FILES)) write(name, text)
  symlinkSync(join(packageRoot(), 'node_modules'), join(root, 'node_modules'), 'dir')
  mkdirSync(join(root, 'tmp'))
  vi.stubEnv('TMPDIR', join(root, 'tmp'))
})
afterEach(() => {
  vi.unstubAllEnvs()
  rmSync(root, { recursive: true, force: true })
})

describe('the mutants of a project', () => {
  it('are caught by the first suite that fails on them, or survive', async () => {
    catalogue({ rough: patch('a + b + 1'), subtle: patch('a === 2 ? 0 : a + b'), none: patch('b + a') })
    const seen: number[] = []
    const report = await runMutants({ root, onProgress: ({ done }) => seen.push(done) })
    if (isLeft(report)) throw new Error(printTrouble(report.left))
    expect(report.right.mutants.map(({ id, caughtBy, cases }) => [id, caughtBy, cases])).toEqual([
      ['rough', 'conform --target impl --smoke', 1],
      ['subtle', 'conform --target impl', 1],
      ['none', null, 0],
    ])
    expect([report.right.total, report.right.caught]).toEqual([3, 2])
    expect(seen).toEqual([0, 1, 2, 3])
    expect(
      isRight(decodeJson(MutantsReportCodec, JSON.stringify(report.right), { file: '', line: null })),
    ).toBe(true)
    expect(renderMutants(report.right, { color: false })).toContain('2 of 3 mutants caught')
    expect(copies()).toEqual([])
  })

  it('are asked the cases that were made to catch them before all others', () => {
    const names = suitesFor({ source: 'impl', instrument: 'steps/owed' }).map(({ name }) => name)
    expect(names).toEqual([
      'conform --target impl --filter steps/owed',
      'conform --target impl --smoke',
      'conform --target impl',
    ])
  })

  it('are caught where they hang or crash a suite, and the next ones are run', async () => {
    catalogue({
      endless: patch('(() => { while (a + b > 0); return 0 })()'),
      rude: patch('a + b > 0 ? process.exit(7) : 0'),
      rough: patch('a + b + 1'),
    })
    let report = await runMutants({ root, timeLimit: 4000 })
    const hung = () => (isLeft(report) ? [] : report.right.mutants.filter(({ how }) => how === 'hung'))
    // On a machine that is busy more than the one that never ends may take so long, the unchanged sources too.
    if (hung().length !== 1) report = await runMutants({ root, timeLimit: 40_000 })
    if (isLeft(report)) throw new Error(printTrouble(report.left))
    expect(report.right.mutants.map(({ id, how }) => [id, how])).toEqual([
      ['endless', 'hung'],
      ['rude', 'crashed'],
      ['rough', 'cases'],
    ])
    expect(renderMutants(report.right, { color: false })).toContain('3 of 3 mutants caught')
  })

  it('are not run where a patch no longer applies, and it is named', async () => {
    catalogue({ stale: patch('a', 'a * b') })
    const report = await runMutants({ root })
    expect(isLeft(report) && report.left).toMatchObject({ kind: 'patch', id: 'stale' })
  })

  it('must compile: what the compiler rejects is no fault of behaviour', async () => {
    catalogue({ nonsense: patch('c') })
    const report = await runMutants({ root })
    expect(isLeft(report) && report.left).toMatchObject({ kind: 'build', id: 'nonsense' })
  })

  it('are not run where the sources deviate already', async () => {
    write('impl/add.ts', 'export const add = (a: number, b: number): number => a - b\n')
    catalogue({})
    expect(await runMutants({ root, ids: [] })).toMatchObject({ right: { total: 0 } })
    catalogue({ any: patch('a', 'a - b') })
    const report = await runMutants({ root })
    expect(isLeft(report) && report.left).toMatchObject({
      kind: 'control',
      why: 'conform --target impl: 1 failed',
    })
  })

  it('leave no copy where the run is interrupted', async () => {
    catalogue({ rough: patch('a + b + 1') })
    const interruption = new AbortController()
    const running = runMutants({ root, stop: interruption.signal })
    setTimeout(() => interruption.abort(), 50)
    expect(await running).toMatchObject({ right: { interrupted: true, mutants: [], total: 1, caught: 0 } })
    expect(copies()).toEqual([])
  })

  it('are chosen by name', async () => {
    catalogue({ rough: patch('a + b + 1') })
    expect(await runMutants({ root, ids: ['other'] })).toMatchObject({
      left: { kind: 'catalogue', id: 'other' },
    })
  })
})

describe('the catalogue of mutants', () => {
  const read = readCatalogue(join(packageRoot(), 'conformance/mutation/patches/catalogue'))

  it('has at least nineteen mutants, of the implementation and of the specification', () => {
    if (isLeft(read)) throw new Error(JSON.stringify(read.left))
    const sources = read.right.map(({ source }) => source)
    expect(sources.filter(source => source === 'impl').length).toBeGreaterThanOrEqual(12)
    expect(sources.filter(source => source === 'spec').length).toBeGreaterThanOrEqual(7)
  })

  it('changes only the room that each mutant names, and no test', () => {
    const mutants = isLeft(read) ? [] : read.right
    for (const { source, patch } of mutants) {
      const files = [...patch.matchAll(/^\+\+\+ b\/(\S+)/gm)].map(([, file]) => file ?? '')
      expect(files.length).toBeGreaterThan(0)
      expect(files.filter(file => !file.startsWith(`${source}/`) || file.endsWith('.test.ts'))).toEqual([])
    }
  })
})
