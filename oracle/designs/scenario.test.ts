import { describe, expect, it } from 'vitest'
import { readScenario } from './scenario.js'

describe('a scenario', () => {
  it('is read as an update with numbered bitmaps, over as many frames as its slots cover', () => {
    expect(readScenario('1:0+2@0 log -> 1:0+1@0 log, 2:2+1@1 ro')).toMatchObject({
      right: {
        before: [{ id: 1, base: 0, npages: 2, hva: 0, log: 0, ro: false }],
        after: [
          { id: 1, npages: 1, log: 0 },
          { id: 2, base: 2, log: -1, ro: true },
        ],
        frames: 3,
        nextLog: 1,
      },
    })
  })

  it('may begin or end with no slots', () => {
    expect(readScenario('-> 1:0+1@0')).toMatchObject({ right: { before: [], nextLog: 0 } })
    expect(readScenario('1:0+1@0 ->')).toMatchObject({ right: { after: [] } })
  })

  it.each([
    ['1:0+1@0', 8, 'nothing'],
    ['1:0+x@0 -> ', 1, '"1:0+x@0"'],
    ['1:0+1@0 -> 1:0+1@0 lag', 12, '"1:0+1@0 lag"'],
    ['1:0+1@0, 1:1+1@1 ->', 10, '"1:1+1@1"'],
    ['1:0+2@0, 2:1+1@1 ->', 10, '"2:1+1@1"'],
    ['1:3+2@0 ->', 1, '"1:3+2@0"'],
    ['1:0+0@0 ->', 1, '"1:0+0@0"'],
    ['32764:0+1@0 ->', 1, '"32764:0+1@0"'],
  ])('that is malformed is refused with the place and what was found: %s', (text, at, found) => {
    expect(readScenario(text)).toMatchObject({ _tag: 'Left', left: { at, found } })
  })
})
