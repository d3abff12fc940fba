import * as E from 'fp-ts/lib/Either.js'
import { describe, expect, it } from 'vitest'
import { type BenchReport, BenchReportCodec, type BenchRow } from '../../reports/bench/codec.js'
import { plotter } from './draw.js'
import { groupRows } from './group.js'
import { resultFiles } from './page.js'
import { plotSpec } from './plot-spec.js'

const row = (name: string, change: Partial<BenchRow> = {}): BenchRow => ({
  bench: 'lookup',
  name,
  subject: 'impl',
  value: 10,
  unit: 'ns',
  peer: 'C',
  ratio: 0.5,
  spread: { low: 0.4, median: 0.5, high: 0.6 },
  target: { of: 'ratio', atMost: 0.9 },
  verdict: 'reached',
  rounds: 9,
  ...change,
})
const report = (rows: readonly BenchRow[]): BenchReport => ({
  schema: 'memslot-bench',
  version: 1,
  environment: { cpu: 'a CPU', caches: [], cores: 2, node: 'v20', platform: 'linux', load: 0, date: 'today' },
  rows,
})
const alone = row('set', { bench: 'set', peer: null, ratio: null, target: null, verdict: null })

describe('the page of results', () => {
  it('puts rows of one family together, in the order in which they came', () => {
    const groups = groupRows([
      row('lookup mixed, 8'),
      row('of 8 slots', { bench: 'hva' }),
      row('lookup dimm, 8'),
    ])
    expect(groups.map(({ name, rows }) => [name, rows.length])).toEqual([
      ['lookup', 2],
      ['hva', 1],
    ])
  })

  it('draws a line for each comparison, and none for what was compared with nothing', () => {
    const spec = plotSpec({ name: 'lookup', rows: [row('lookup mixed, 8'), alone] })
    expect(spec).toMatchObject({
      data: { values: [{ ratio: 0.5, low: 0.4, high: 0.6, target: 0.9, verdict: 'reached' }] },
    })
    expect(plotSpec({ name: 'set', rows: [alone] })).toBeNull()
  })

  it('is a page with its plots and the report from which it can be made again', async () => {
    const draw = await plotter()
    if (draw === null) throw new Error('a checkout has its development dependencies')
    const measured = report([row('lookup mixed, 8'), alone])
    const files = new Map((await resultFiles(measured, draw)).map(({ name, text }) => [name, text]))
    expect([...files.keys()]).toEqual(['README.md', 'lookup.svg', 'report.json'])
    expect(files.get('README.md')).toContain('![the ratios of lookup](lookup.svg)')
    expect(files.get('lookup.svg')).toMatch(/^<svg[\s\S]*lookup mixed, 8 \/ C[\s\S]*<\/svg>\n$/)
    expect(BenchReportCodec.decode(JSON.parse(files.get('report.json') ?? ''))).toEqual(E.right(measured))
  })
})
