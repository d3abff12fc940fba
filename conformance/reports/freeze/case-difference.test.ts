import { describe, expect, it } from 'vitest'
import { caseDifference, renderCaseDifference } from './case-difference.js'

const line = (id: string, errno: string) => `${JSON.stringify({ id, allow: [[{ errno }]] })}\n`

describe('the difference of two files of cases', () => {
  const before = line('a', 'EINVAL') + line('b', 'EINVAL') + line('c', 'EEXIST')
  const after = line('a', 'EINVAL') + line('c', 'EINVAL') + line('d', 'EINVAL')

  it('names the cases that are new, gone and changed', () => {
    expect(caseDifference(before, after)).toMatchObject({
      appeared: ['d'],
      vanished: ['b'],
      changed: [{ id: 'c' }],
    })
  })

  it('shows the fields that changed, for review', () => {
    expect(renderCaseDifference('set', caseDifference(before, after)).split('\n')).toEqual([
      'set: 1 new, 1 gone, 1 changed',
      '  + d',
      '  - b',
      '  ~ c',
      '      allow',
      '      - [[{"errno":"EEXIST"}]]',
      '      + [[{"errno":"EINVAL"}]]',
    ])
  })

  it('says so where only the order differs', () => {
    const [a, b] = [line('a', 'EINVAL'), line('b', 'EINVAL')]
    expect(renderCaseDifference('set', caseDifference(a + b, b + a))).toContain('only the order differs')
  })
})
