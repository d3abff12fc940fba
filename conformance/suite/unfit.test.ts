import { expect, test } from 'vitest'
import { u64 } from '../../spec/terms/numbers.js'
import type { Case } from '../cases/case.js'
import type { Hello } from '../targets/target.js'
import { unfit } from './ask.js'

const hello: Hello = {
  ...{ name: 'one', version: '', protocol: 1, features: ['set'], choices: false },
  limits: { spaces: 1, slots: 8, maxGfn: u64(255), entries: 0 },
}
const walk: Case = {
  ...{ id: 'one', says: '', needs: ['set', 'walk'], rules: [], cites: [], config: {}, ops: [], allow: [] },
}

test('a case that needs a feature is skipped with what the target says that it lacks, or else with what the feature is', () => {
  expect(unfit(hello, walk)).toBe('no walk: page-table reads and A/D updates can be asked for one by one')
  expect(unfit({ ...hello, lacks: { walk: 'its tables are elsewhere' } }, walk)).toBe(
    'no walk: its tables are elsewhere',
  )
  expect(unfit({ ...hello, features: ['set', 'walk'], lacks: { walk: 'not said' } }, walk)).toBeNull()
})

test('a case with an operation that the target does not do is skipped with the reason, and others of the feature are asked', () => {
  const refusing = { ...hello, features: ['set', 'walk'], lacks: { 'ad-update': 'nothing is marked' } }
  const marks: Case = { ...walk, ops: [{ op: 'ad-update', vcpu: 0, gfn: 1, offset: 0, data: '21' }] }
  expect(unfit(refusing, marks)).toBe('no ad-update: nothing is marked')
  expect(unfit(refusing, walk)).toBeNull()
})
