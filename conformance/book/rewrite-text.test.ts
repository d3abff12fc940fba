import { describe, expect, it } from 'vitest'
import { allRules } from '../../spec/rules/all.js'
import { ruleFacts } from './rule-facts.js'

const facts = ruleFacts()

/** The rewrite of a rule, whichever quotes and brackets the compiler of the moment leaves. */
const rewriteOf = (id: string) =>
  facts
    .find(one => one.id === id)
    ?.rewrite.replaceAll('"', "'")
    .replace(/^\(cells\) =>/, 'cells =>')

describe('the rewrite of a rule, as it is shown', () => {
  it('names the errno of a refusal, which its source has from outside', () => {
    expect(rewriteOf('set.overlap')).toBe("cells => refuse(cells, 'EEXIST')")
    expect(rewriteOf('batch.stranger')).toBe("cells => refuse(cells, 'EIO', -1)")
    expect(rewriteOf('batch.overlap')).toBe("(cells, { index }) => refuse(cells, 'EEXIST', index)")
    expect(rewriteOf('read.bad-hva')).toBe("cells => answer(cells, ended('exit', null, 'EFAULT'))")
  })

  it('names both errnos of a late refusal where architectures differ', () => {
    expect(rewriteOf('set.no-bitmap')).toBe("cells => failLate(cells, 'ENOMEM')")
    expect(rewriteOf('set.beyond-max-gfn')).toBe("cells => failLate(cells, 'EINVAL' | 'EFAULT')")
  })

  it('leaves no refusal without its errno', () => {
    const without = facts
      .filter(({ rewrite }) => /\b(refuse\(cells, |failLate\(.*)errno/.test(rewrite))
      .map(({ id }) => id)
    expect(allRules.length).toBeGreaterThan(200)
    expect(without).toEqual([])
  })

  it('is the source itself where it does more', () => {
    expect(rewriteOf('get.lost')).toBe("cells => refuse(consume(cells), 'EFAULT')")
    expect(rewriteOf('set.move')).toMatch(/publish\(cells, 2,/)
  })
})
