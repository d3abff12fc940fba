import { expect, test } from 'vitest'
import { u64 } from '../../spec/terms/numbers.js'
import type { SetCall } from '../../spec/terms/operation.js'
import { draftOf } from '../cases/exhaustive/exhaustive.js'
import { EXHAUSTIVE } from '../cases/families.js'
import { askedOf } from './rules-on.js'

const kernel = (name: '6.1' | '7.3') => ({ vm: { profile: 'linux', kernel: name } }) as const

test('the rules of a case are those of the kernel that was asked, and of no other', () => {
  const set: SetCall = {
    ...{ op: 'set', ioctl: 2, as: 0, id: 1, flags: 0 },
    ...{ gpa: u64(0), size: u64(4096), hva: u64(4096) },
  }
  const rulesOn = (name: '6.1' | '7.3') =>
    askedOf(kernel(name), { id: 'one', config: {}, ops: [set] }).rules()
  expect(rulesOn('6.1')).toEqual(['set.no-region2'])
  expect(rulesOn('7.3')).toEqual(['set.create'])
})

test('a case of a block has rules, though none are stored with it', () => {
  for (const family of EXHAUSTIVE)
    expect(askedOf(kernel('7.3'), draftOf(family.at(0))).rules(), family.name).not.toEqual([])
})
