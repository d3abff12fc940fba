import { execFile } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, expect, it } from 'vitest'
import { packageRoot } from './package-root.js'

/** What the package's users compile: strict, its declarations checked too, with neither Node's types nor the browser's. */
const compilerOptions = {
  target: 'es2022',
  lib: ['es2022'],
  module: 'nodenext',
  moduleResolution: 'nodenext',
  types: [],
  strict: true,
  skipLibCheck: false,
  noEmit: true,
}

/** What each of them writes beside `export *`. */
const uses: Readonly<Record<string, string>> = {
  spec: '',
  oracle: '',
  impl: `
    import { LOG, Vm } from 'kvm-memslot-spec/impl'
    const region = { as: 0, id: 0, gpa: 0n, size: 4096n, hva: 0n, flags: LOG }
    export const made: { readonly errno: string } | { readonly generation: number } = new Vm().setRegion(region)`,
  conformance: `
    import { type RunOptions, runSuite, type StopSignal } from 'kvm-memslot-spec/conformance'
    const stop: StopSignal = { aborted: false, addEventListener: () => {}, removeEventListener: () => {} }
    export const options = (cases: RunOptions['cases']): RunOptions => ({ cases, errors: 'loose', stop })
    export const run = runSuite`,
}

const project = mkdtempSync(join(tmpdir(), 'consumer-'))
afterAll(() => rmSync(project, { recursive: true }))

mkdirSync(join(project, 'node_modules'))
symlinkSync(packageRoot(), join(project, 'node_modules/kvm-memslot-spec'))
writeFileSync(join(project, 'package.json'), '{ "type": "module" }')

it.each(Object.entries(uses))(
  'a strict project compiles against %s, without the types of Node or of the browser',
  async (entry, use) => {
    writeFileSync(join(project, `${entry}.ts`), `export * from 'kvm-memslot-spec/${entry}'\n${use}`)
    const config = join(project, `${entry}.json`)
    writeFileSync(config, JSON.stringify({ compilerOptions, files: [`${entry}.ts`] }))
    const tsc = join(packageRoot(), 'node_modules/.bin/tsc')
    const said = await promisify(execFile)(tsc, ['-p', config]).then(
      ({ stdout }) => stdout,
      (error: { stdout: string }) => error.stdout,
    )
    expect(said).toBe('')
  },
)
