import { isLeft } from 'fp-ts/lib/Either.js'
import { expect, it } from 'vitest'
import type { ConformReport } from '../reports/conform/codec.js'
import { loadSuite } from '../suite/load.js'
import { KernelResultsCodec, keptResults, resultsFile, resultsOf, resultsText } from './results.js'

const report: ConformReport = {
  schema: 'memslot-conform',
  version: 1,
  target: 'kvm',
  total: 4,
  passed: 2,
  failed: 1,
  skipped: 1,
  seconds: 1,
  interrupted: false,
  deviations: [
    {
      case: 'a/b/wrong (on a VM of its own)',
      says: '',
      at: 0,
      operation: '',
      seen: '',
      allowed: [],
      explanation: '',
      trace: '',
    },
  ],
  skips: [{ reason: 'no batch', cases: 1, ids: ['a/b/batch'] }],
  coverage: null,
}
const asked = [
  { id: 'a/b/one', rules: () => ['set.create', 'set.create', 'set.delete'] },
  { id: 'a/c/two', rules: () => ['set.create'] },
  { id: 'a/b/wrong', rules: () => ['set.move'] },
  {
    id: 'a/b/batch',
    rules: () => {
      throw new Error('what was not asked is not looked into')
    },
  },
]
const results = resultsOf(report, asked, { release: '6.1.0', target: 'Linux 6.1.0', date: '2026-11-28' })

it('the results of a kernel hold what passed by family, what failed, what was not asked, and which rules that confirmed', () => {
  expect(results.passed).toEqual({ 'a/b': ['one'], 'a/c': ['two'] })
  expect(results.failed).toEqual(['a/b/wrong'])
  expect(results.skipped).toEqual([{ reason: 'no batch', cases: 1 }])
  expect(results.rules).toEqual({ 'set.create': 2, 'set.delete': 1 })
})

it('the results of a kernel are read back from their text, and their file has the name of the release', () => {
  const read = KernelResultsCodec.decode(JSON.parse(resultsText(results)))
  if (isLeft(read)) throw new Error('not what its codec says')
  expect(read.right).toEqual(results)
  expect(resultsFile('6.12.1 / x')).toBe('6.12.1-x.json')
})

it('every case that a kept result names is one of the suite, and none of them failed', () => {
  const kept = keptResults()
  const suite = loadSuite({ filter: [], smoke: false })
  if (isLeft(kept) || isLeft(suite)) throw new Error('the kept results, or the suite, cannot be read')
  const families = new Set(suite.right.map(({ id }) => id.slice(0, id.lastIndexOf('/'))))
  for (const { release, passed, failed } of kept.right) {
    expect(failed, release).toEqual([])
    const cases = Object.values(passed).reduce((sum, names) => sum + names.length, 0)
    expect(cases, release).toBeGreaterThan(0)
    expect(Object.keys(passed).filter(family => families.has(family)).length, release).toBeGreaterThan(0)
  }
})
