import { isRight } from 'fp-ts/lib/Either.js'
import { describe, expect, it } from 'vitest'
import { allRules } from '../../../../spec/rules/all.js'
import { RulesReport } from '../../../reports/rules/codec.js'
import { memslot } from '../../captured.js'

describe('memslot rules', () => {
  it('prints one object with every rule, which its codec takes', async () => {
    const { out, status } = await memslot(['rules', '--json'])
    const report = RulesReport.decode(JSON.parse(out))
    if (!isRight(report)) throw new Error('the report is not what its codec says')
    expect(report.right.rules.map(({ id }) => id)).toEqual(allRules.map(({ id }) => id))
    expect(status).toBe(0)
  })

  it('shows a rule a line, and how many there are', async () => {
    const { out } = await memslot(['rules'])
    for (const { id } of allRules) expect(out).toContain(` ${id} `)
    expect(out).toContain(`${allRules.length} rules`)
  })

  it('cuts sentences into lines on a terminal, so that no line is longer', async () => {
    const { out } = await memslot(['rules'], '', { isTTY: true, columns: 100 })
    expect(Math.max(...out.split('\n').map(line => line.length))).toBeLessThanOrEqual(100)
  })

  it('lists one family with --family, and suggests one where it does not exist', async () => {
    const { out } = await memslot(['rules', '--family', 'get'])
    expect(out).toContain('get.consume')
    expect(out).not.toContain('set.create')
    const unknown = await memslot(['rules', '--family', 'got'])
    expect(unknown.err).toMatch(/there is no family "got": did you mean get/)
    expect(unknown.status).toBe(2)
  })
})
