import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { isRight } from 'fp-ts/lib/Either.js'
import { afterAll, describe, expect, it } from 'vitest'
import { runAlone, runApart } from './apart.js'

const directory = mkdtempSync(join(tmpdir(), 'bench-apart-'))
afterAll(() => rmSync(directory, { recursive: true }))
const program = (text: string): string => {
  const file = join(directory, `${text.length}.mjs`)
  writeFileSync(file, text)
  return file
}

describe('benchmarks that are run apart', () => {
  it('make one report, in the order asked for, and each reports its progress', async () => {
    const seen: string[] = []
    const ran = await runApart(['set', 'rewrite'], {
      rounds: 2,
      milliseconds: 0.01,
      onProgress: ({ name, done, total }) => seen.push(`${name} ${done}/${total}`),
    })
    const rows = isRight(ran) ? ran.right.rows : []
    expect([...new Set(rows.map(({ bench }) => bench))]).toEqual(['set', 'rewrite'])
    expect(rows.every(({ rounds, value }) => rounds === 2 && value !== null)).toBe(true)
    expect(seen.slice(0, 2)).toEqual(['set 1/2', 'set 2/2'])
  })

  it('end where they are interrupted, and keep what was measured', async () => {
    const stop = new AbortController()
    const ran = await runApart(['set', 'rewrite', 'check'], {
      rounds: 1_000_000,
      milliseconds: 1,
      patience: 120_000, // what it measured is asked here, and not how soon it ends
      stop: stop.signal,
      onProgress: ({ done }) => done === 3 && stop.abort(),
    })
    const rows = isRight(ran) ? ran.right.rows : []
    expect(rows.map(({ bench }) => bench)).toEqual(['set'])
    expect(rows[0]?.rounds).toBeGreaterThan(2)
    expect(rows[0]?.rounds).toBeLessThan(1_000_000)
  })

  it.each([
    ['process.exit(7)', 'ended by status 7 before it reported'],
    ['process.kill(process.pid, "SIGKILL")', 'ended by SIGKILL before it reported'],
    ['process.send({ kind: "report" }, () => process.exit(0))', 'ended by status 0 before it reported'],
  ])('are inconclusive where their process ends by %s', async (text, remark) => {
    const rows = await runAlone(program(text), 'set', {})
    expect(rows).toMatchObject([{ bench: 'set', verdict: 'inconclusive', value: null, remark }])
  })
})
