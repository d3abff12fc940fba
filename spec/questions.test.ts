import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { questions } from './questions.js'
import { allRules } from './rules/all.js'
import { stepRules } from './rules/steps/relation.js'

const ids = new Set(allRules.map(rule => rule.id))
const stepIds = new Set(stepRules.map(rule => rule.id))

interface Cell {
  readonly design: string
  readonly variant: string | null
  readonly property: string
  readonly holds: boolean
}
/** The matrix that is kept, by row and property. */
const matrix = new Map(
  (
    JSON.parse(readFileSync(new URL('../conformance/designs/matrix.json', import.meta.url), 'utf8')) as {
      readonly cells: readonly Cell[]
    }
  ).cells.map(cell => [
    `${cell.variant === null ? cell.design : `${cell.design}, ${cell.variant}`} / ${cell.property}`,
    cell.holds,
  ]),
)

/** Refusals of the caller and checks of one field, which nobody asked about. */
const PLAIN = ['unknown', 'stranger', 'argument', 'size', 'gpa', 'hva', 'wraps'].map(name => `batch.${name}`)
const CHANGE_IT = 'change the answer in spec/questions.ts'
const NAME_IT =
  'name it in an answer of spec/questions.ts, or in PLAIN of spec/questions.test.ts if it is a plain check'

const sentences = (text: string): number =>
  text.split(/[.:;](?:\s|$)/).filter(part => part.trim() !== '').length

describe('the thirty questions of the thread', () => {
  it('are all there, in order', () => {
    expect(questions.map(({ number }) => number)).toEqual(Array.from({ length: 30 }, (_, i) => i + 1))
  })
  it('are questions, and no two are the same', () => {
    expect(questions.filter(({ question }) => !question.endsWith('?'))).toEqual([])
    expect(new Set(questions.map(({ question }) => question)).size).toBe(30)
  })
  it.each(questions)('$number is answered by rules that exist, or by a written exclusion: $question', q => {
    expect(
      q.rules.filter(id => !ids.has(id)),
      `question ${q.number} names no rule: ${CHANGE_IT}`,
    ).toEqual([])
    expect(new Set(q.rules).size).toBe(q.rules.length)
    if (q.rules.length === 0) expect(q.excluded ?? '').not.toBe('')
  })
  it.each(questions.filter(q => q.steps !== undefined))(
    '$number names rules of steps that exist, each once',
    ({ steps = [] }) => {
      expect(
        steps.filter(id => !stepIds.has(id)),
        `a step is gone: ${CHANGE_IT}`,
      ).toEqual([])
      expect(new Set(steps).size).toBe(steps.length)
      expect(steps).not.toEqual([])
    },
  )
  it.each(questions.filter(q => q.cells !== undefined))(
    '$number says of cells of the matrix what the matrix says',
    ({ cells = [] }) => {
      const said = cells.map(({ row, property, holds }) => [`${row} / ${property}`, holds])
      const now = said.map(([at]) => [at, matrix.get(String(at))])
      expect(said, `a cell is another: ${CHANGE_IT}`).toEqual(now)
      expect(cells).not.toEqual([])
    },
  )
  it('refer to no issue: an answer stands by itself', () => {
    expect(questions.filter(q => /\bissue\b/.test(`${q.answer} ${q.excluded ?? ''}`))).toEqual([])
  })
  it.each(questions)('$number is answered in two to four plain sentences', q => {
    expect(sentences(q.answer)).toBeGreaterThanOrEqual(2)
    expect(q.answer.split('. ').length).toBeLessThanOrEqual(4)
  })
  it.each(questions.filter(q => q.excluded !== undefined))(
    '$number says where an excluded part is answered, or why not',
    q => {
      expect((q.excluded ?? '').length).toBeGreaterThan(40)
    },
  )
  it.each([
    [3, 4, 'invalid'],
    [5, 5, 'failure'],
  ] as const)(
    '%i and %i name between them every rule %s.* that decides what a look-up or a failure comes to',
    (one, other, family) => {
      // When a swap is seen by look-ups, and not what they come to.
      const WHEN = ['invalid.one-swap']
      const named = new Set(
        questions.filter(q => q.number === one || q.number === other).flatMap(q => q.rules),
      )
      const ofFamily = [...ids].filter(id => id.startsWith(`${family}.`) && !WHEN.includes(id))
      expect(ofFamily.length).toBeGreaterThan(3)
      expect(
        ofFamily.filter(id => !named.has(id)),
        CHANGE_IT,
      ).toEqual([])
    },
  )
  it('reach into every rule of a batch that decides something: the refusals of the caller and the plain checks aside', () => {
    const named = new Set(questions.flatMap(q => q.rules))
    const unnamed = [...ids].filter(id => id.startsWith('batch.') && !named.has(id))
    const wrong = [
      ...unnamed.filter(id => !PLAIN.includes(id)).map(id => `no question names ${id}: ${NAME_IT}`),
      ...PLAIN.filter(id => !unnamed.includes(id)).map(
        id => `PLAIN has ${id}, which a question names or nobody`,
      ),
    ]
    expect(wrong, wrong.join('\n')).toEqual([])
  })
})
