import { join } from 'node:path'
import { isLeft } from 'fp-ts/lib/Either.js'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { packageRoot } from '../../package-root.js'
import type { SuiteReport } from '../../reports/conform/codec.js'
import { loadSuite } from '../../suite/load.js'
import { runSuite } from '../../suite/run.js'
import type { InProcess } from '../../targets/in-process.js'
import { readCatalogue } from './catalogue.js'
import { type Copy, copySources } from './copy.js'

const ID = 'impl-fetch-reenters'
const stop = new AbortController().signal
const WHERE_SLOTS_CHANGE = /^fetch-(path\/(sample\/)?|change\/|tops\/)between(-smm)?\//
const options = { errors: 'strict', stop } as const

/** The sources with the mutant in them, run as they stand: asked here is which cases catch it. */
const patched = async (copy: Copy): Promise<InProcess> => {
  const catalogue = readCatalogue(join(packageRoot(), 'conformance/mutation/patches/catalogue'))
  if (isLeft(catalogue)) throw new Error(JSON.stringify(catalogue.left))
  const applied = await copy.patch(ID, catalogue.right.find(({ id }) => id === ID)?.patch ?? '', stop)
  if (isLeft(applied)) throw new Error(applied.left.why)
  const { implTarget } = await import(join(copy.directory, 'conformance/targets/impl.ts'))
  return implTarget
}

describe('a fetch that holds a set for each look-up instead of one for all', () => {
  let copy: Copy
  let report: SuiteReport

  beforeAll(async () => {
    copy = await copySources(packageRoot(), new AbortController().signal)
    const suite = loadSuite({ filter: ['fetch', 'access'], smoke: false })
    if (isLeft(suite)) throw new Error(JSON.stringify(suite.left))
    report = await runSuite(await patched(copy), { ...options, cases: suite.right })
  })
  afterAll(() => copy.remove())

  it('fails in the cases where slots change between two look-ups, and in no other', () => {
    const failed = report.deviations.map(deviation => deviation.case)
    expect(failed.length).toBeGreaterThan(0)
    expect(failed.filter(id => !WHERE_SLOTS_CHANGE.test(id))).toEqual([])
  })

  it('is explained by the rules that it breaks', () => {
    for (const { explanation } of report.deviations) {
      expect(explanation).toContain('fetch-atomic.before needs')
      expect(explanation).toContain('fetch-atomic.after needs')
    }
  })

  it('passes every other case of fetches and accesses', () => {
    expect(report.passed).toBeGreaterThan(1000)
    expect(report.passed + report.failed + report.skipped).toBe(report.total)
  })
})
