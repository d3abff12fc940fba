import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { Ajv } from 'ajv'
import { isLeft } from 'fp-ts/lib/Either.js'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { packageRoot } from '../../package-root.js'
import { loadSuite } from '../../suite/load.js'
import type { Case } from '../case.js'
import { allows } from '../judge-answer.js'
import { jsonExport } from './json-export.js'

const SERVE = [process.execPath, join(packageRoot(), 'dist/conformance/command/main.js'), 'serve']
const PYTHON = (() => {
  try {
    execFileSync('python3', ['--version'])
    return true
  } catch {
    return false
  }
})()

let cases: readonly Case[]
let directory: string

const write = (some: readonly Case[]): void => {
  for (const { path, text } of jsonExport(some)) {
    const file = join(directory, path)
    mkdirSync(dirname(file), { recursive: true })
    writeFileSync(file, text)
  }
}

beforeAll(() => {
  const suite = loadSuite({ filter: [], smoke: true })
  if (isLeft(suite)) throw new Error('the suite cannot be read')
  cases = suite.right
  directory = mkdtempSync(join(tmpdir(), 'memslot-export-'))
  write(cases)
})

afterAll(() => rmSync(directory, { recursive: true, force: true }))

/** What the interpreter prints, and its status. */
const interpret = (target: string): { readonly out: string; readonly status: number } => {
  try {
    const out = execFileSync('python3', [join(directory, 'interpret.py'), directory, ...SERVE, target], {
      encoding: 'utf8',
    })
    return { out, status: 0 }
  } catch (error) {
    const { stdout, status } = error as { readonly stdout: string; readonly status: number }
    return { out: stdout, status }
  }
}

describe('the suite exported as JSON', () => {
  it('has every case as a line that its schema takes', () => {
    const schema = JSON.parse(readFileSync(join(directory, 'case.schema.json'), 'utf8'))
    const valid = new Ajv({ strict: false }).compile(schema)
    const lines = jsonExport(cases)
      .filter(({ path }) => path.endsWith('.ndjson'))
      .flatMap(({ text }) => text.trimEnd().split('\n'))
    expect(lines).toHaveLength(cases.length)
    const wrong = lines.map(line => JSON.parse(line)).filter(one => !valid(one))
    expect(wrong.map(({ id }) => id)).toEqual([])
    expect(valid({ ...JSON.parse(lines[0] ?? ''), allow: [[{ errno: 'no' }]] })).toBe(false)
  })

  it.skipIf(!PYTHON)(
    'is passed by the built-in implementation, as the interpreter in Python judges it',
    () => {
      const { out, status } = interpret('impl')
      expect(out).toMatch(/^\d{3,} passed, 0 failed, \d+ skipped\n$/m)
      expect(status).toBe(0)
    },
  )

  it.skipIf(!PYTHON)('is failed, case by case, where an expectation is another', () => {
    const some = cases
      .filter(
        ({ id, allow }) => id.startsWith('set') && allow.some(of => of.some(one => one.errno === 'EINVAL')),
      )
      .slice(0, 5)
    expect(some).toHaveLength(5)
    const spoilt = some.map(one => ({
      ...one,
      allow: one.allow.map(of =>
        of.map(answer => (answer.errno === 'EINVAL' ? { ...answer, errno: 'EPERM' } : answer)),
      ),
    }))
    rmSync(join(directory, 'cases'), { recursive: true })
    write(spoilt)
    const { out, status } = interpret('impl')
    expect(out).toMatch(/0 passed, 5 failed, 0 skipped/)
    expect(out).toMatch(/seen \{"errno": "EINVAL"\}, allowed \[\{"errno": "EPERM"\}\]/)
    expect(status).toBe(1)
  })
})

it('a case that the page calls allowed is one: pages that may be dirty may be told or not', () => {
  const allowed = { bits: [[0, 1]], maybe: [[1, 1]] } as const
  expect(allows(allowed, { is: 'ok', bits: [[0, 2]] })).toBe(true)
  expect(allows(allowed, { is: 'ok', bits: [[1, 1]] })).toBe(false)
})
