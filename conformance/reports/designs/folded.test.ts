import { expect, it } from 'vitest'
import { foldedDesigns, foldedWords } from './folded.js'

const cell = (variant: string | null, property: string, steps: number | null) =>
  ({ design: 'list', variant, property, holds: steps === null, steps }) as const

it('the row of a design whose defects end everything in one step is folded under its defects off', () => {
  const cells = [cell(null, 'a', 1), cell(null, 'b', 7), cell('defects off', 'a', null)]
  expect(foldedDesigns(cells)).toEqual(['list'])
  expect(foldedWords(cells)).toEqual([expect.stringContaining('1 of 2 properties')])
})

it('a design without that variant keeps its row, and so does one whose defects take longer', () => {
  expect(foldedDesigns([cell(null, 'a', 1)])).toEqual([])
  expect(foldedDesigns([cell(null, 'a', 2), cell('defects off', 'a', null)])).toEqual([])
})
