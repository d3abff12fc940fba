import { describe, expect, it } from 'vitest'
import { benchNames } from '../../../bench/index.js'
import { memslot } from '../../captured.js'

describe('memslot bench', () => {
  it('lists the benchmarks', async () => {
    expect((await memslot(['bench', '--list'])).out).toBe(`${benchNames.join('\n')}\n`)
    expect(JSON.parse((await memslot(['bench', '--list', '--json'])).out)).toMatchObject({
      names: benchNames,
    })
  })

  it('refuses a benchmark that does not exist', async () => {
    const { err, status } = await memslot(['bench', 'rewrit'])
    expect([err, status]).toEqual([expect.stringContaining('did you mean rewrite?'), 2])
  })

  it('is inconclusive where a verdict is, or where nothing was run', async () => {
    const { out, status } = await memslot(['bench', 'rewrite', '--json'], '', { stop: AbortSignal.abort() })
    expect([JSON.parse(out).rows, status]).toEqual([[], 130])
  })
})
