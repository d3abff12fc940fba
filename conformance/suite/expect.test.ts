import { describe, expect, it } from 'vitest'
import { u64 } from '../../spec/terms/numbers.js'
import { allowanceOf } from '../cases/allowed.js'
import type { Case } from '../cases/case.js'
import { remove } from '../cases/draft/calls.js'
import { addressIn, fetch, putTables, registers, SETUP } from '../cases/draft/fetch-layout.js'
import { implTarget } from '../targets/impl.js'
import { expectedOf } from './expect.js'

const { hello } = implTarget.now
const ROOT = 4
/** A fetch whose root table is in a hole. */
const ops = [
  ...SETUP,
  ...putTables('4-level'),
  registers('4-level', { cpl: 3 }),
  remove(ROOT),
  fetch(addressIn('4-level'), 2),
]
const one: Case = {
  id: 'some/case',
  says: '',
  needs: [],
  rules: ['some.rule'],
  cites: [],
  config: {},
  ops,
  allow: allowanceOf({}, ops).allow,
}
const done = ops.map(o => (o.op === 'fetch-instruction' ? ({ ...o, by: 'hardware' } as const) : o))
const ends = ({ allow }: Case) => allow.at(-1)?.map(({ end }) => end)

describe('what is expected of a target', () => {
  it('is what the case says, where its VMs are as the configuration says and it did what it was asked', () => {
    expect(expectedOf(hello, one, ops)).toBe(one)
    expect(ends(one)).toEqual(['fault'])
  })

  it('is what is allowed to the processor, where the target says that it fetched', () => {
    // Kernels differ in what becomes of a root in a hole, and none is named.
    expect(ends(expectedOf(hello, one, done))).toEqual(['exit', 'never returns', 'fault'])
  })

  it('is what is allowed on its own VMs, where the case leaves open what they are', () => {
    const shadow = { ...hello, vm: { secondStage: 'shadow' } } as const
    expect(ends(expectedOf(shadow, one, done))).toEqual(['shutdown'])
    expect(expectedOf(shadow, one, ops).config).toEqual({ secondStage: 'shadow' })
  })

  it('stays as it was written by hand, where none of this matters to the answers', () => {
    const byHand = { ...one, rules: [], ops: ops.slice(0, 3), allow: [[{}], [{}], [{ errno: 'EIO' }]] }
    expect(expectedOf({ ...hello, vm: { secondStage: 'shadow' } }, byHand, byHand.ops).allow).toBe(
      byHand.allow,
    )
    const matters = { ...one, rules: [], allow: [[{ gpa: u64(1) }]] }
    expect(ends(expectedOf({ ...hello, vm: { secondStage: 'shadow' } }, matters, done))).toEqual(['shutdown'])
  })
})
