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

it('nothing creates, removes, moves or re-backs, and no call switches logging', () => {
  for (const [before, after] of [
    ['', '1 0+1@0'],
    ['1 0+1@0', ''],
    ['1 0+1@0', '1 1+1@0'],
    ['1 0+1@0', '1 0+1@1'],
    ['1 0+1@0', '1 0+1@0 L0'],
  ] as const)
    expect(sets(before, after)).toBeNull()
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
