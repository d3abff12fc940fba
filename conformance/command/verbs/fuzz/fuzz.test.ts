import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { isRight } from 'fp-ts/lib/Either.js'
import { afterAll, describe, expect, it } from 'vitest'
import { FuzzReportCodec } from '../../../reports/fuzz/codec.js'
import { memslot } from '../../captured.js'

const directory = mkdtempSync(join(tmpdir(), 'memslot-fuzz-'))
afterAll(() => rmSync(directory, { recursive: true }))

const obliging = `stdio:${process.execPath} conformance/command/fixtures/obliging.mjs`

describe('memslot fuzz', () => {
  it('finds nothing wrong with the implementation, and prints how to draw the same again', async () => {
    const { out, status } = await memslot(['fuzz', '--runs', '20', '--seed', '7', '--invalid', '40'])
    expect(out).toContain('20 sequences')
    expect(out).toContain('memslot fuzz --target impl --seed 7 --runs 20 --invalid 40')
    expect(out).toMatch(/0 deviations in \d+\.\d s\n$/)
    expect(status).toBe(0)
  })

  it('writes what it finds as traces that check and replay take', async () => {
    const file = join(directory, 'found.ndjson')
    const argv = ['fuzz', '--target', obliging, '--runs', '5', '--seed', '1', '--out', file]
    const { out, status } = await memslot(argv)
    expect(status).toBe(1)
    expect(out).toMatch(/\d+ operations reduced to \d+/)
    expect(out).toContain(`again: memslot replay ${file} --target `)
    expect(readdirSync(directory).every(name => /^found(-\d+)?\.ndjson$/.test(name))).toBe(true)
    expect((await memslot(['check', file])).status).toBe(1)
    expect((await memslot(['replay', file])).status).toBe(0)
  })

  it('prints one object that its codec takes', async () => {
    const { out } = await memslot(['fuzz', '--runs', '5', '--seed', '1', '--json'])
    const report = FuzzReportCodec.decode(JSON.parse(out))
    if (!isRight(report)) throw new Error('the report is not what its codec says')
    expect(report.right).toMatchObject({ seed: 1, sequences: 5, deviations: [] })
  })

  it('stops when it is interrupted, and prints what it has', async () => {
    const interruptedAfter = (ms: number) =>
      memslot(['fuzz', '--seed', '1'], '', { stop: AbortSignal.timeout(ms) })
    const ran = /: [1-9]\d* sequences/
    let { out, status } = await interruptedAfter(1000)
    // A machine may be so busy that nothing was run by then.
    for (let ms = 4000; !ran.test(out) && ms < 100_000; ms *= 4)
      ({ out, status } = await interruptedAfter(ms))
    expect(out).toMatch(ran)
    expect(out).toContain('interrupted')
    expect(status).toBe(130)
  })
})
