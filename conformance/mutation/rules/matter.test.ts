import { describe, expect, it } from 'vitest'
import { premise, type Rule } from '../../../spec/rewrite/index.js'
import { stepRules } from '../../../spec/rules/steps/relation.js'
import type { StepCells } from '../../../spec/terms/steps/cells.js'
import { gateText } from '../../gates.js'
import { renderMattering } from '../../reports/matter/text.js'
import { changesOf } from './change.js'
import { mattering, noticeOf } from './matter.js'

const without = (id: string): readonly Rule<StepCells>[] => stepRules.filter(rule => rule.id !== id)

describe('a change of the rules', () => {
  it('drops a rule, or turns one premise into its opposite and leaves the others', () => {
    const [first, second] = [
      premise('a', { holds: 'a', fails: 'no a' }, () => true),
      premise('b', { holds: 'b', fails: 'no b' }, () => false),
    ]
    const rule = { ...(stepRules[0] as Rule<StepCells>), id: 'r', when: [first, second] }
    const changes = changesOf([rule], () => true)
    expect(changes.map(c => [c.kind, c.id, c.rules.map(r => r.when.map(p => p.name))])).toEqual([
      ['dropped', 'r', []],
      ['negated', 'r: a', [['not a', 'b']]],
      ['negated', 'r: b', [['a', 'not b']]],
    ])
  })
})

describe('the rules of the batch', () => {
  it('show all that is expected of them, as they are', () => {
    const notice = noticeOf(stepRules)
    const wrong = `${notice?.world} no longer sees "${notice?.what}"`
    expect(notice, gateText('observations of the batch', wrong)).toBeNull()
  })

  it.each([
    ['vcpu.retry', 'property', 'retry-ends'],
    ['vcpu.data', 'property', 'retry-ends, for ever'],
    ['update.free', 'property', 'calls-return'],
    ['harvest.get', 'property', 'calls-return'],
    ['vcpu.wait', 'property', 'retry-ends, for ever'],
    ['update.goto', 'stuck', 'the updater at goto, vCPUs done'],
    ['vcpu.begin', 'missing', 'fetch begins'],
  ])('are missed where %s is dropped', (id, by, what) =>
    expect(noticeOf(without(id))).toMatchObject({ by, what }),
  )

  it('cannot be changed without being caught: 95 of 100 changes at least, 90 changes by a property', async () => {
    const report = await mattering()
    expect(report.total).toBeGreaterThan(90)
    expect(report.noticed / report.total).toBeGreaterThanOrEqual(0.95)
    const by = report.mutants.filter(({ noticedBy }) => noticedBy?.by === 'property')
    expect(by.length).toBeGreaterThanOrEqual(90)
    expect(by.length / report.total).toBeGreaterThan(0.8)
  }, 1_800_000)
})

describe('the report of memslot matter', () => {
  it('shows survivors, by what the others are caught, and the share', () => {
    const notice = { by: 'property', what: 'two-maps', world: 'vanished, a vCPU alone' } as const
    const report = {
      schema: 'memslot-matter',
      version: 1,
      mutants: [
        { id: 'update.drain', kind: 'dropped', noticedBy: notice },
        { id: 'update.drain: drained', kind: 'negated', noticedBy: null },
      ],
      noticed: 1,
      total: 2,
      interrupted: false,
    } as const
    const text = renderMattering(report, { color: false })
    expect(text).toMatch(/dropped +update\.drain +two-maps fails +vanished, a vCPU alone/)
    expect(text).toMatch(/negated +update\.drain: drained +survived/)
    expect(text).toContain('1 of 2 changes caught, 50 %')
  })

  it('says what was not tried when it was interrupted', async () => {
    const report = await mattering({ stop: AbortSignal.abort() })
    expect(report).toMatchObject({ mutants: [], noticed: 0, interrupted: true })
  })
})
