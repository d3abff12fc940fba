import { isLeft } from 'fp-ts/lib/Either.js'
import { beforeAll, describe, expect, it } from 'vitest'
import { namesOf } from '../../oracle/designs/subjects.js'
import { committedMatrix } from '../designs/committed.js'
import type { DesignsReport } from '../reports/designs/codec.js'
import { readChapters } from './chapters.js'

/** What the chapter says of cells in its prose: a row, what it says is kept, what it says is lost. */
const SAID: readonly (readonly [row: string, keeps: readonly string[], loses: readonly string[]])[] = [
  ['sequential', [], ['no-hole', 'dirty-complete', 'all-or-nothing']],
  ['paused', ['no-hole'], ['two-maps', 'dirty-complete', 'undisturbed']],
  ['paused, always', ['no-hole', 'two-maps', 'dirty-complete'], ['undisturbed']],
  ['paused, always, in-kernel', [], ['no-hole']],
  ['rfc-list', [], ['no-hole', 'two-maps', 'write-coherent', 'dirty-complete', 'sets-agree']],
  ['rfc-list, defects off', ['no-hole'], ['dirty-complete']],
  ['rfc-single-swap', ['no-hole'], ['dirty-complete']],
  ...['rfc-list, defects off', 'rfc-single-swap'].flatMap(design =>
    ['emulated', 'emulated-fetch', 'other-architecture'].map(
      variant => [`${design}, ${variant}`, [], ['no-hole']] as const,
    ),
  ),
  ['batch, fetch-atomic', ['two-maps, fetch-atomic'], []],
  ['batch, over-block', ['no-hole'], ['undisturbed']],
  ['batch, no-deferral', [], ['no-hole']],
  ['batch, capped', [], ['no-hole', 'dirty-complete', 'all-or-nothing']],
  ['notify', ['no-hole'], ['write-coherent']],
  ['gate', ['no-hole', 'write-coherent'], ['undisturbed', 'space-scoped']],
  ['gate, ioctls', [], ['write-coherent']],
]

let matrix: DesignsReport

beforeAll(async () => {
  const kept = await committedMatrix()
  if (isLeft(kept) || kept.right === null) throw new Error('no matrix is kept')
  matrix = kept.right
})

const cell = (row: string, property: string) => {
  const { design, variant } = namesOf(row)
  return matrix.cells.find(
    one => one.design === design && one.variant === variant && one.property === property,
  )?.holds
}

describe('the chapter that compares the designs', () => {
  it.each(SAID)('says of %s what the matrix says', (row, keeps, loses) => {
    expect(keeps.filter(property => cell(row, property) !== true)).toEqual([])
    expect(loses.filter(property => cell(row, property) !== false)).toEqual([])
  })

  it('says that the batch fails one column alone, and the matrix does', () => {
    const failed = matrix.cells.filter(
      one => one.design === 'batch' && one.variant === null && one.holds === false,
    )
    expect(failed.map(({ property }) => property)).toEqual(['two-maps, fetch-atomic'])
  })

  it('names every row that is held to the matrix here', () => {
    const prose = readChapters().find(({ slug }) => slug === 'comparison')?.text ?? ''
    const unnamed = SAID.filter(([row]) => {
      const { design, variant } = namesOf(row)
      const words = [row, design, ...(variant ?? '').split(', ')].filter(word => word !== '')
      return !prose.includes(`\`${row}\``) && !words.slice(1).every(word => prose.includes(`\`${word}\``))
    })
    expect(unnamed.map(([row]) => row)).toEqual([])
  })
})
