import { expect, it } from 'vitest'
import { DesignsReportCodec } from '../../../reports/designs/codec.js'
import { memslot } from '../../captured.js'

const LONG = 900_000

it('memslot designs suggests the design or the property that was meant', async () => {
  const { err, status } = await memslot(['designs', '--design', 'sequental', '--property', 'no-holes'])
  expect(err).toContain('did you mean sequential')
  expect(err).toContain('did you mean no-hole')
  expect(status).toBe(2)
})

it('memslot designs --fault shows the run of a seeded fault, here one that breaks the commit point alone', async () => {
  const { out, status } = await memslot([
    'designs',
    '--fault',
    'publishes-before-it-blocks',
    '--design',
    'batch',
  ])
  expect(out).toMatch(/^batch, where the final set is published first, .* fails two-maps in \d+ steps/)
  expect(out).toMatch(/as in the old set, though it began after the commit point/)
  expect(status).toBe(0)
})

it('memslot designs --write refuses to keep a part of the matrix', async () => {
  const { err, status } = await memslot(['designs', '--write', '--scope', 'smoke'])
  expect([err, status]).toEqual([expect.stringContaining('--write keeps the whole matrix'), 2])
})

it(
  'prints one object of the published schema',
  async () => {
    const { out } = await memslot(['designs', '--scope', 'smoke', '--design', 'paused, always', '--json'])
    const report = DesignsReportCodec.decode(JSON.parse(out))
    expect(report).toMatchObject({ _tag: 'Right', right: { schema: 'memslot-designs', version: 1 } })
  },
  LONG,
)

it(
  'keeps nothing of rows that an interruption cut short, and says so by its status',
  async () => {
    const { status, out } = await memslot(['designs', '--scope', 'smoke', '--json'], '', {
      stop: AbortSignal.timeout(1),
    })
    expect(status).toBe(130)
    expect(JSON.parse(out).cells).toEqual([])
  },
  LONG,
)
