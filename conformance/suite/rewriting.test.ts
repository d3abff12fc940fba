import { isLeft } from 'fp-ts/lib/Either.js'
import { beforeAll, describe, expect, it } from 'vitest'
import { printInputError } from '../../oracle/wire/decode.js'
import { programOf } from '../../oracle/wire/program.js'
import type { TraceRecord } from '../../oracle/wire/record.js'
import type { Operation } from '../../spec/terms/operation.js'
import type { Case } from '../cases/case.js'
import { runAgain } from '../command/verbs/replay/run-again.js'
import { fuzz } from '../fuzz/fuzz.js'
import { implTarget } from '../targets/impl.js'
import { REORDERINGS, type Rewrite, rewritten, rewrittenRecords } from '../targets/rewriting.js'
import { loadSuite } from './load.js'
import { runSuite } from './run.js'

const { signal: stop } = new AbortController()
const byOperation = new Map<Operation['op'], Case>()
let cases: readonly Case[] = []

/**
 * The shortest case that asks each operation, of those that say all of every answer and allow one: by hand, only what Linux
 * shows is said.
 */
beforeAll(() => {
  const loaded = loadSuite({ filter: [], smoke: false })
  if (isLeft(loaded)) throw new Error(printInputError(loaded.left))
  const fit = loaded.right.filter(
    ({ id, needs, allow }) =>
      !id.startsWith('by-hand/') &&
      !needs.includes('profile') &&
      allow.every(answers => answers.length === 1),
  )
  for (const one of fit.toSorted((a, b) => a.ops.length - b.ops.length))
    for (const { op } of one.ops) if (!byOperation.has(op)) byOperation.set(op, one)
  cases = [...new Set(byOperation.values())]
})

const recordsOf = async ({ config, ops }: Case): Promise<readonly TraceRecord[]> => {
  const session = await implTarget.open(config)
  const records: TraceRecord[] = []
  await session.run(programOf(ops, config), record => records.push(record), stop)
  await session.close()
  return records
}

const verdictOn = async (one: Case, rewrite: Rewrite) => {
  const { passed, failed, skipped, deviations } = await runSuite(rewritten(implTarget, rewrite), {
    cases: [one],
    errors: 'strict',
    stop,
  })
  return { passed, failed, skipped, seen: deviations[0]?.seen ?? '' }
}

describe('a proxy that passes records on as they are', () => {
  it('passes every case for every operation', async () => {
    expect(byOperation.size).toBeGreaterThan(24)
    const { passed } = await runSuite(
      rewritten(implTarget, records => records),
      { cases, errors: 'strict', stop },
    )
    expect(passed).toBe(cases.length)
  })
})

describe('a proxy that rewrites one field of one record', () => {
  /** Fields of answers that say how far an implementation can see, or number what came before on the VM. */
  const ANSWER = /^(return|access-end)\.(?!of|ev)/

  /** Which processor there was: a record may say so, and is judged by it (`PROTOCOL.md`). */
  const MAY_BE_OTHER = /^call\.cpu\./

  it('passes no case, and what it does to a record of what was asked is named nonsense', async () => {
    let asked = 0
    for (const one of cases) {
      const records = await recordsOf(one)
      for (const [at, record] of records.entries()) {
        for (const [path, other] of rewrittenRecords(record)) {
          const field = `${record.ev}.${path}`
          if (ANSWER.test(field) || MAY_BE_OTHER.test(field)) continue
          asked++
          const verdict = await verdictOn(one, all => all.map((same, i) => (i === at ? other : same)))
          expect([one.id, at, field, verdict]).toEqual([
            one.id,
            at,
            field,
            { passed: 0, failed: 1, skipped: 0, seen: expect.stringContaining('nonsense') },
          ])
        }
      }
    }
    expect(asked).toBeGreaterThan(300)
  })

  it('passes no case where it rewrites the answer', async () => {
    const passing: string[] = []
    for (const one of cases) {
      for (const [at, record] of (await recordsOf(one)).entries()) {
        for (const [path, other] of rewrittenRecords(record)) {
          if (!ANSWER.test(`${record.ev}.${path}`)) continue
          const { passed } = await verdictOn(one, all => all.map((same, i) => (i === at ? other : same)))
          if (passed > 0) passing.push(`${one.id} ${at} ${record.ev}.${path}`)
        }
      }
    }
    expect(passing).toEqual([])
  })
})

describe('a proxy that drops, doubles or reorders records', () => {
  it.each(Object.keys(REORDERINGS))('and %s one: no case passes, and all is named nonsense', async name => {
    for (const one of cases) {
      const records = await recordsOf(one)
      for (const at of records.keys()) {
        const rewrite = REORDERINGS[name]?.(at) ?? (all => all)
        if (
          rewrite(records).every((record, i) => record === records[i]) &&
          rewrite(records).length === records.length
        )
          continue
        const { passed, seen } = await verdictOn(one, rewrite)
        expect([one.id, at, passed, seen]).toEqual([one.id, at, 0, expect.stringContaining('nonsense')])
      }
    }
  })

  it('is found by fuzz, by the same name', async () => {
    for (const rewrite of Object.values(REORDERINGS)) {
      const report = await fuzz(rewritten(implTarget, rewrite(0)), {
        ...{ seed: 1, runs: 3, stop, effort: { runs: 5, ms: 1000 } },
      })
      expect(report.deviations.map(({ signature }) => signature).join()).toContain('nonsense')
      expect(report.calls).toBe(0)
    }
  })

  it('is found by replay, by the same name, and nothing of the program is kept', async () => {
    const one = byOperation.get('get-dirty') as Case // every operation has a case
    for (const rewrite of Object.values(REORDERINGS)) {
      const ran = await runAgain(rewritten(implTarget, rewrite(0)), programOf(one.ops, one.config), stop)
      expect(ran).toMatchObject({
        records: [],
        trouble: { kind: 'failed', because: expect.stringContaining('nonsense') },
      })
    }
  })
})
