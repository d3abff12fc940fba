import { describe, expect, test } from 'vitest'
import { inLanes } from './in-lanes.js'

describe('work in lanes', () => {
  test('results of two lanes stand in the order of the items, however long each took', async () => {
    const took: string[] = []
    // The first item ends when all others have, however long the machine takes for them.
    let endFirst: () => void = () => {}
    const first = new Promise<void>(resolve => {
      endFirst = resolve
    })
    const results = await inLanes(['a', 'b'], [30, 1, 2, 3], async (item, lane) => {
      if (item === 30) await first
      took.push(`${lane}${item}`)
      if (item === 3) endFirst()
      return item * 2
    })
    expect(results).toEqual([60, 2, 4, 6])
    expect(took).toEqual(['b1', 'b2', 'b3', 'a30'])
  })

  test('a lane whose work says null ends the work: what was done stays, and nothing more is begun', async () => {
    const begun: number[] = []
    const results = await inLanes(['only'], [1, 2, 3, 4], item => {
      begun.push(item)
      return item === 3 ? null : item
    })
    expect(results).toEqual([1, 2])
    expect(begun).toEqual([1, 2, 3])
  })
})
