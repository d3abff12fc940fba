import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { isLeft, isRight } from 'fp-ts/lib/Either.js'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { loadSuite } from '../../suite/load.js'
import { runSuite } from '../../suite/run.js'
import { targetOf } from '../../targets/choose.js'
import { runsGuests } from '../../targets/kvm/there.fixture.js'
import type { Case } from '../case.js'
import { kselftestCases, kselftestExport } from './kselftest.js'

const CC = (() => {
  try {
    execFileSync('cc', ['--version'])
    return true
  } catch {
    return false
  }
})()

let cases: readonly Case[]
let directory: string
let program: string

/** Writes and compiles the program of some cases. */
const compile = (some: readonly Case[]): void => {
  for (const { path, text } of kselftestExport(some)) writeFileSync(join(directory, path), text)
  execFileSync('cc', ['-O2', '-static', '-Wall', '-Wextra', '-Werror', '-o', program, 'memslot_test.c'], {
    cwd: directory,
  })
}

/** The verdict of each case that the program prints: `ok`, `not ok`, `skip`. */
const verdictsOf = (out: string): ReadonlyMap<string, string> =>
  new Map(
    [...out.matchAll(/^(ok|not ok) \d+ - (\S+)( # SKIP .*)?$/gm)].map(([, is = '', id = '', skip]) => [
      id,
      skip === undefined ? is : 'skip',
    ]),
  )

beforeAll(() => {
  const suite = loadSuite({ filter: [], smoke: false })
  if (isLeft(suite)) throw new Error('the suite cannot be read')
  const { ids } = kselftestCases(suite.right)
  const asked = new Set(ids.filter((_, i) => i % 12 === 0))
  cases = suite.right.filter(({ id }) => asked.has(id))
  directory = mkdtempSync(join(tmpdir(), 'memslot-kselftest-'))
  program = join(directory, 'memslot_test')
})

afterAll(() => rmSync(directory, { recursive: true, force: true }))

it('hundreds of cases can be asked of a kernel by calls alone, and by a guest, none of them with a batch or registers', () => {
  const calls = new Set(['set', 'get-dirty', 'clear-dirty', 'enable-cap'])
  const ofGuests = new Set(['create-vcpu', 'read', 'write', 'rmw', 'fetch', 'poke', 'host-protect'])
  const alone = cases.filter(({ ops }) => ops.every(({ op }) => calls.has(op)))
  expect(alone.length).toBeGreaterThan(250)
  expect(cases.length - alone.length).toBeGreaterThan(80)
  const foreign = cases.filter(({ ops }) => ops.some(({ op }) => !calls.has(op) && !ofGuests.has(op)))
  expect(foreign.map(({ id }) => id)).toEqual([])
})

describe.skipIf(!CC || !runsGuests)(
  'the exported program in C, on this kernel (skipped without a compiler or a KVM that runs guests)',
  () => {
    it('compiles without a warning, and its verdict on every case is that of the target kvm', async () => {
      compile(cases)
      const { stdout, status } = spawnSync(program, [], { encoding: 'utf8', timeout: 500_000 })
      const verdicts = verdictsOf(stdout)
      expect(verdicts.size).toBe(cases.length)
      const target = await targetOf('kvm')
      if (!isRight(target)) throw new Error('the target kvm cannot be opened')
      const report = await runSuite(target.right, {
        cases,
        errors: 'strict',
        stop: new AbortController().signal,
      })
      const skipped = new Set(report.skips.flatMap(({ ids = [] }) => ids))
      const failed = new Set(report.deviations.map(one => one.case))
      const differ = cases.filter(({ id }) => {
        const theirs = skipped.has(id) ? 'skip' : failed.has(id) ? 'not ok' : 'ok'
        return verdicts.get(id) !== theirs
      })
      expect(differ.map(({ id }) => `${id}: ${verdicts.get(id)}`)).toEqual([])
      expect(status).toBe(0)
    })

    it('fails a case whose expectation is another, names the operation, and ends with 1', () => {
      const some = cases
        .filter(({ allow }) => allow.some(of => of.some(one => one.errno === 'EINVAL')))
        .slice(0, 3)
      const spoilt = some.map(one => ({
        ...one,
        allow: one.allow.map(of =>
          of.map(answer => (answer.errno === 'EINVAL' ? { errno: 'EPERM' } : answer)),
        ),
      }))
      compile(spoilt)
      const { stdout, status } = spawnSync(program, [], { encoding: 'utf8' })
      expect([...verdictsOf(stdout).values()]).toEqual(['not ok', 'not ok', 'not ok'])
      expect(stdout).toMatch(/# operation \d+: seen EINVAL, allowed EPERM/)
      expect(status).toBe(1)
    })
  },
)
