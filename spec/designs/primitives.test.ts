import { expect, it } from 'vitest'
import { readUpdate, writePlan } from './notation.js'
import { primitives } from './primitives.js'

const sets = (before: string, after: string, frames = 2): readonly string[] | null => {
  const plan = primitives.plan(readUpdate(before, after, frames))
  if (plan === null) return null
  return writePlan(plan).flatMap(line => (line.startsWith('publish') ? [line.slice(8)] : []))
}

it('one call splits, merges, truncates or grows', () => {
  expect(sets('1 0+2@0', '1 0+1@0; 2 1+1@1')).toEqual(['1 0+1@0; 2 1+1@1'])
  expect(sets('1 0+1@0; 2 1+1@1', '1 0+2@0')).toEqual(['1 0+2@0'])
  expect(sets('1 0+2@0', '1 0+1@0')).toEqual(['1 0+2@0 | blocked 1', '1 0+1@0'])
  expect(sets('1 0+1@0', '1 0+2@0')).toEqual(['1 0+2@0'])
})

it('an update that needs a call of today makes it beside those that are added', () => {
  expect(sets('1 0+1@0', '1 0+1@1')).toEqual(['1 0+1@0 I', '', '1 0+1@1'])
  expect(sets('', '1 0+1@0; 2 1+1@1')).toEqual(['1 0+2@0', '1 0+1@0; 2 1+1@1'])
})

it('a move that fails after its first swap publishes what stood before it, in the middle of a plan too', () => {
  const plan = primitives.plan(readUpdate('1 0+1@0', '1 1+1@0 R'))
  expect(plan?.calls).toEqual(['move 1 1', 'toggle-ro 1'])
  expect(writePlan(plan ?? { script: [], start: 0, logs: 0, calls: [], after: [] }).slice(0, 6)).toEqual([
    'fail',
    'publish 1 0+1@0',
    'drain',
    'replay 1 0+1@0',
    'goto 0',
    '-> may-fail 0',
  ])
})

it('of two shortest sequences the one whose calls come first by name is taken', () => {
  // `toggle-ro 1` before `truncate 1 1`: o stands before r.
  expect(sets('1 0+2@0', '1 0+1@0 R')).toEqual([
    '1 0+2@0 | no writes 0,1',
    '1 0+2@0 R',
    '1 0+2@0 R | blocked 1',
    '1 0+1@0 R',
  ])
})

it('a split that also makes one part read-only takes two calls, the split first', () => {
  expect(sets('1 0+2@0', '1 0+1@0; 2 1+1@1 R')).toEqual([
    '1 0+1@0; 2 1+1@1',
    '1 0+1@0; 2 1+1@1 | no writes 1',
    '1 0+1@0; 2 1+1@1 R',
  ])
})

it('a shorter sequence is preferred to one whose names come first', () => {
  expect(sets('1 0+3@0', '1 0+1@0', 3)).toEqual(['1 0+3@0 | blocked 1,2', '1 0+1@0'])
})
