import { isRight } from 'fp-ts/lib/Either.js'
import { describe, expect, it } from 'vitest'
import { CheckReport } from '../../../reports/check/codec.js'
import { memslot } from '../../captured.js'

const fixture = (name: string) => `conformance/command/fixtures/${name}.ndjson`

describe('memslot check', () => {
  it('finds that a trace conforms', async () => {
    const { out, status } = await memslot(['check', fixture('conforming')])
    expect([out, status]).toEqual([`${fixture('conforming')}: conforms: 5 operations, 0 deviations\n`, 0])
  })

  it('reports a wrong errno, a lost dirty bit and an overlapping success in one run', async () => {
    const { out, status } = await memslot(['check', fixture('three-deviations')])
    expect(status).toBe(1)
    expect(out.match(/three-deviations\.ndjson:\d+: unexpected answer to \w+(-\w+)?/g)).toEqual([
      'three-deviations.ndjson:9: unexpected answer to set',
      'three-deviations.ndjson:18: unexpected answer to get-dirty',
      'three-deviations.ndjson:21: unexpected answer to set',
    ])
    expect(out.match(/allowed are only .*/g)).toEqual([
      'allowed are only  EINVAL',
      'allowed are only  dirty pages 1,3 at generation 4',
      'allowed are only  EEXIST',
    ])
    expect(out).toContain('9 operations, 3 deviations')
  })

  it.each([
    ['the wrong errno', 'keeps-hva-size-ro'],
    ['the lost dirty bit', 'reports-every-write'],
    ['the overlapping success', 'range-free'],
  ])('names the premise that refutes %s', async (_, premise) => {
    expect((await memslot(['check', fixture('three-deviations')])).out).toContain(premise)
  })

  it('refutes every rule of the family on demand', async () => {
    const argv = ['check', fixture('three-deviations')]
    expect((await memslot(argv)).out).toMatch(/more rules of the family/)
    const { out } = await memslot([...argv, '--full'])
    expect(out).not.toMatch(/more rules of the family/)
    expect(out).toContain('set.no-metadata')
  })

  it('stops at the first deviation on demand', async () => {
    const { out, status } = await memslot(['check', '--fail-fast', fixture('three-deviations')])
    expect(out).toContain('1 deviation')
    expect(out).toContain('nothing after the first deviation was judged')
    expect(status).toBe(1)
  })

  it('cannot conclude anything from a trace without an end', async () => {
    const { out, status } = await memslot(['check', fixture('without-end')])
    expect(out).toContain('inconclusive: 5 operations')
    expect(out).toContain('has no end record')
    expect(status).toBe(3)
  })

  it.each([
    ['malformed', ':2: size: found 16384, expected hexadecimal string'],
    ['cut-short', ':9:23: found "\\"generation", expected JSON: a key in quotes'],
    ['another-version', ':1: version: found 2, expected 1'],
    ['nowhere', ': found no such file (ENOENT), expected a file that can be read'],
  ])('a trace that is %s is refused, and what is wrong with it is said', async (name, says) => {
    const { out, err, status } = await memslot(['check', fixture(name)])
    expect(err).toContain(`memslot: ${fixture(name)}${says}`)
    expect([out, status]).toEqual(['', 2])
  })

  it('judges the files that can be read where others cannot', async () => {
    const { out, status } = await memslot(['check', fixture('malformed'), fixture('conforming')])
    expect(out).toContain('conforms')
    expect(status).toBe(2)
  })

  it('prints one object that its codec takes', async () => {
    const files = ['three-deviations', 'without-end', 'malformed'].map(fixture)
    const { out } = await memslot(['check', '--json', ...files])
    const report = CheckReport.decode(JSON.parse(out))
    if (!isRight(report)) throw new Error('the report is not what its codec says')
    expect(report.right.files.map(file => [file.is, file.deviations.length])).toEqual([
      ['deviates', 3],
      ['inconclusive', 0],
      ['unreadable', 0],
    ])
    const [lost] = report.right.files[0]?.deviations[1]?.refuted ?? []
    expect(lost).toMatchObject({ rule: 'get.consume', premise: 'reports-every-write' })
  })

  it('prints what it has when it is interrupted', async () => {
    const { status } = await memslot(['check', fixture('conforming')], '', { stop: AbortSignal.abort() })
    expect(status).toBe(130)
  })
})
