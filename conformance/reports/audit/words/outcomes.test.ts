import { expect, it } from 'vitest'
import { withoutSlot } from '../../../../oracle/without-slot.js'
import { inAHole } from './outcomes.js'

it('the audit has words for the end that the rules give each access to a frame without a slot', () => {
  for (const { access, meets } of inAHole) expect(meets).not.toContain(withoutSlot(access).rule)
  expect(inAHole.map(({ access }) => access)).toEqual(['fetch', 'read', 'write', 'walk'])
})
