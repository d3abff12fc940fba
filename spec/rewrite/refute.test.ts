import { describe, expect, it } from 'vitest'
import { not, premise, type Rule, refute, refuteFamily, relation, strict } from './index.js'

interface Door {
  readonly at: 'door'
  readonly open: boolean
  readonly key: number
}
const closed = premise<Door>(
  'closed',
  { holds: 'the door is closed', fails: 'the door is open' },
  d => !d.open,
  ({ open }) => ({ open }),
)
const fits = premise<Door>(
  'fits',
  {
    holds: 'the key is number 7',
    fails: 'the key is not number 7',
    failing: ({ key }) => `the key is number ${key}`,
  },
  d => d.key === 7,
  ({ key }) => ({ key }),
)
const door = (id: string, when: Rule<Door>['when'], match: unknown = { at: 'door' }): Rule<Door> => ({
  id,
  kind: 'internal',
  says: id,
  cites: [],
  match,
  when,
  rewrite: d => d,
})
const unlock = door('unlock', [closed, fits])
const rattle = door('rattle', [closed, not(fits)])
const elsewhere = door('elsewhere', [closed], { at: 'window' })

describe('refute', () => {
  it('names the first premise that fails, with the values it was decided on and how many held before it', () => {
    expect(refute<Door>(unlock, { at: 'door', open: false, key: 3 })).toEqual({
      rule: unlock,
      kind: 'refuted',
      reason: { premise: 'fits', says: 'the key is number 3', values: { key: 3 } },
      held: 1,
    })
  })
  it('stops at the first, though a later one fails too', () => {
    const answer = refute<Door>(unlock, { at: 'door', open: true, key: 3 })
    expect(answer).toMatchObject({
      kind: 'refuted',
      held: 0,
      reason: { premise: 'closed', values: { open: true } },
    })
  })
  it('names a negated premise by the one it negates, and says what is so and should not be', () => {
    const answer = refute<Door>(rattle, { at: 'door', open: false, key: 7 })
    expect(answer).toMatchObject({
      held: 1,
      reason: { premise: 'fits', says: 'the key is number 7', values: { key: 7 }, mustFail: true },
    })
  })
  it('says of a rule that fires that it applies', () => {
    expect(refute<Door>(unlock, { at: 'door', open: false, key: 7 })).toEqual({
      rule: unlock,
      kind: 'applies',
    })
  })
  it('says of a rule of another family that it does not match', () => {
    expect(refute<Door>(elsewhere, { at: 'door', open: false, key: 7 }).kind).toBe('no match')
  })
  it('answers for every rule of the family and for no other', () => {
    const rel = relation<Door>('doors', strict([unlock, rattle, elsewhere]))
    const answers = refuteFamily<Door>(rel, { at: 'door', open: false, key: 7 })
    expect(answers.map(({ rule, kind }) => [rule.id, kind])).toEqual([
      ['unlock', 'applies'],
      ['rattle', 'refuted'],
    ])
  })
})
