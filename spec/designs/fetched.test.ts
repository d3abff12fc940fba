import { describe, expect, it } from 'vitest'
import { framesFetched } from './fetched.js'
import { fullMenu } from './world.js'

describe('the frames that a fetch looks up', () => {
  it('are those of its bytes where addresses are frames', () => {
    expect(framesFetched(2, 'flat', 0, 15)).toEqual([0])
    expect(framesFetched(2, 'flat', 0x1010, 1)).toEqual([1])
  })

  it('are two where it straddles pages, the second only for a byte of it', () => {
    expect(framesFetched(2, 'flat', 0xffe, 3)).toEqual([0, 1])
    expect(framesFetched(2, 'flat', 0xffe, 2)).toEqual([0])
  })

  it('begin with that of the table where there is one, for each page anew', () => {
    expect(framesFetched(2, 'directory', 0x1000, 1)).toEqual([0, 1])
    expect(framesFetched(3, 'directory', 0x1ffe, 3)).toEqual([0, 1, 0, 2])
  })

  it('are what vCPUs of the explorer go by', () => {
    expect(fullMenu(2).flatMap(({ kind, frames }) => (kind === 'fetch' ? [frames] : []))).toEqual([
      [0],
      [1],
      [0, 1],
    ])
    expect(fullMenu(1).map(({ kind }) => kind)).toEqual(['read', 'write', 'fetch'])
  })
})
