import { describe, expect, it } from 'vitest'
import { allRights, canRead, canWrite, type HostRights, withRights } from './host.js'
import { pageRange } from './page-set.js'

describe('the rights of host pages', () => {
  const given = (...steps: readonly (readonly [from: number, to: number, rights: HostRights])[]) =>
    steps.reduce((host, [from, to, rights]) => withRights(host, pageRange(from, to), rights), allRights)
  const shown = (host: typeof allRights) =>
    [0, 1, 2, 3]
      .map(page => `${canRead(host, page) ? 'r' : '-'}${canWrite(host, page) ? 'w' : '-'}`)
      .join(' ')

  it('are all of them until some are taken', () => {
    expect(shown(allRights)).toBe('rw rw rw rw')
  })

  it('are what was said of a page last', () => {
    expect(shown(given([0, 3, 'none'], [1, 2, 'read']))).toBe('-- r- -- rw')
    expect(shown(given([0, 3, 'read'], [1, 4, 'none'], [2, 3, 'all']))).toBe('r- -- rw --')
  })

  it('are as they were once all are given back', () => {
    expect(given([5, 9, 'none'], [7, 8, 'read'], [0, 20, 'all'])).toEqual(allRights)
  })
})
