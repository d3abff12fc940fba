import { describe, expect, it } from 'vitest'
import { BookError, partsOf } from './splice.js'

const RULES = ['set.overlap', 'set.create', 'get.report']
const parts = (text: string) => partsOf(text, RULES, 'chapter')

describe('a chapter', () => {
  it('is prose, with rules where a line in braces names them', () => {
    expect(parts('# T\n\n{{rule set.overlap}}\nmore')).toEqual([
      { kind: 'prose', text: '# T\n' },
      { kind: 'rules', ids: ['set.overlap'] },
      { kind: 'prose', text: 'more' },
    ])
  })

  it('may name a whole family, or several', () => {
    expect(parts('{{rule set.* get.report}}')).toEqual([
      { kind: 'rules', ids: ['set.overlap', 'set.create', 'get.report'] },
    ])
  })

  it('may show the run of a cell, by another access or beside another design', () => {
    const run = { kind: 'run', design: 'paused, always', property: 'two-maps, fetch-atomic' } as const
    expect(parts('{{run paused, always / two-maps, fetch-atomic}}')).toEqual([
      { ...run, by: null, beside: null },
    ])
    expect(parts('{{run paused, always / two-maps, fetch-atomic by a fetch}}')).toEqual([
      { ...run, by: 'fetch', beside: null },
    ])
    expect(parts('{{run paused, always / two-maps, fetch-atomic beside batch, shadow}}')).toEqual([
      { ...run, by: null, beside: 'batch, shadow' },
    ])
  })

  it('that names a rule which does not exist makes no book, and the error says where', () => {
    expect(() => parts('a\nb\n{{rule set.overlop}}')).toThrow(
      new BookError('chapter.md:3', 'there is no rule set.overlop'),
    )
    expect(() => parts('{{rule got.*}}')).toThrow(/there is no rule got\.\*/)
  })

  it('that asks for something which nothing can show makes no book', () => {
    expect(() => parts('{{picture of it}}')).toThrow(/nothing that a chapter can show/)
    expect(() => parts('{{matrix now}}')).toThrow(/nothing that a chapter can show/)
  })
})
