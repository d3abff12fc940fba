import { isRight } from 'fp-ts/lib/Either.js'
import { describe, expect, it } from 'vitest'
import { ExplainReport } from '../../../reports/explain/codec.js'
import { memslot } from '../../captured.js'

describe('memslot explain', () => {
  it('shows what a rule says, when it applies, what comes before it, its source and its cases', async () => {
    const { out, status } = await memslot(['explain', 'set.overlap'])
    expect(out).toMatch(/^set\.overlap {2}\(call fails\)\nA range that appears or moves may not meet/)
    expect(out).toContain("{ call: { op: 'set' } }")
    expect(out).toMatch(/applies when\n {2}not range-free/)
    expect(out).toMatch(/only after these checks have passed\n {2}caller-owns-vm/)
    expect(out).toContain('kvm_check_memslot_overlap')
    expect(out).toMatch(/exercised by [1-9]\d* cases/)
    expect(status).toBe(0)
  })

  it('shows notes where there are any', async () => {
    expect((await memslot(['explain', 'get.lost'])).out).toContain('why: The caller learns that it failed')
  })

  it('shows the questions of the thread that it helps to answer', async () => {
    expect((await memslot(['explain', 'batch.memfd'])).out).toMatch(
      /helps to answer\n {2}29\. May guest_memfd/,
    )
  })

  it('prints one object that its codec takes', async () => {
    const { out } = await memslot(['explain', 'set.overlap', '--json'])
    expect(isRight(ExplainReport.decode(JSON.parse(out)))).toBe(true)
  })

  it.each([
    ['set.overlp', 'set.overlap'],
    ['overlap', 'set.overlap'],
    ['GET.LOST', 'get.lost'],
  ])('takes %s for an unknown rule and suggests %s', async (id, meant) => {
    const { out, err, status } = await memslot(['explain', id])
    expect(err).toContain(`there is no rule "${id}": did you mean `)
    expect(err).toContain(meant)
    expect([out, status]).toEqual(['', 2])
  })

  it('suggests no rule where none has a similar name', async () => {
    expect((await memslot(['explain', 'zzzzzzzz'])).err).toContain('memslot rules lists them')
  })
})
