import { describe, expect, it } from 'vitest'
import { seeded } from '../../../spec/generate/random.js'
import type { Operation } from '../../../spec/terms/operation.js'
import type { Layout, Region } from './layout.js'
import { programPlays } from './plays.js'
import { isUpdate, published, type Spaces } from './published.js'
import { byCalls } from './style.js'

const FRAMES = 8
const LOG = 1

const layoutAfter = (calls: readonly Operation[], before: Layout): Layout => {
  let spaces: Spaces = new Map([[0, before]])
  for (const o of calls) if (isUpdate(o)) spaces = published(spaces, o).at(-1) ?? spaces
  return spaces.get(0) ?? []
}
const inOrder = (layout: Layout): Layout => layout.toSorted((a, b) => a.id - b.id)
const slot = (id: number, base: number, npages: number, page: number, flags = LOG): Region => ({
  ...{ id, base, npages, page, flags },
})
const said = (calls: readonly Operation[]): readonly string[] =>
  calls.map(o => (o.op !== 'set' ? `${o.op}` : o.size === 0n ? 'delete' : 'set'))

describe('a layout that is made of another by single calls', () => {
  it.each(programPlays.map(play => [play.id, play] as const))(
    'is what the play %s asks for, and no slot meets another on the way',
    (_, { layouts }) => {
      const all = layouts(FRAMES, seeded(1, 0))
      for (const [i, next] of all.entries()) {
        const before = i === 0 ? [] : (all[i - 1] ?? [])
        const calls = byCalls().to(0, before, next)
        expect(inOrder(layoutAfter(calls, before))).toEqual(inOrder(next))
        let now: Layout = before
        for (const o of calls) {
          now = layoutAfter([o], now)
          const frames = now.flatMap(({ base, npages }) => Array.from({ length: npages }, (_, n) => base + n))
          expect(new Set(frames).size).toBe(frames.length)
        }
      }
    },
  )

  it('takes one call where a log is switched or a slot moves to where nothing is', () => {
    const { to } = byCalls()
    expect(said(to(0, [slot(1, 0, 4, 8, 0)], [slot(1, 0, 4, 8)]))).toEqual(['set'])
    expect(said(to(0, [slot(1, 0, 4, 8)], [slot(1, 2, 4, 8)]))).toEqual(['set'])
  })

  it('fetches each log before it ends, but for the fault that does not', () => {
    const before = [slot(1, 0, 4, 8), slot(2, 4, 4, 16)]
    const split = ['get-dirty', 'delete', 'get-dirty', 'delete', 'set']
    expect(said(byCalls().to(0, before, [slot(3, 0, 8, 8)]))).toEqual(split)
    expect(said(byCalls().to(0, [slot(1, 0, 4, 8)], [slot(1, 0, 4, 8, 0)]))).toEqual(['get-dirty', 'set'])
    expect(said(byCalls('log-not-fetched').to(0, before, [slot(3, 0, 8, 8)]))).toEqual([
      'delete',
      'delete',
      'set',
    ])
  })
})
