import { describe, expect, it } from 'vitest'
import { memslot } from '../../captured.js'

describe('memslot cases freeze', () => {
  it('regenerates only the families that are asked for', async () => {
    const argv = ['cases', 'freeze', '--check', '--only', 'batch-errors', '--only', 'fetch/pairs/32-bit']
    const { out, status } = await memslot(argv)
    expect([status, out]).toEqual([0, '2 families: frozen as the specification stands\n'])
  })

  it('refuses a family that does not exist, and names those that were perhaps meant', async () => {
    const { err, status } = await memslot(['cases', 'freeze', '--check', '--only', 'batch-error'])
    expect(status).toBe(2)
    expect(err).toContain('there is no family "batch-error": did you mean batch-errors')
  })

  it('says that it was interrupted', async () => {
    const argv = ['cases', 'freeze', '--check', '--only', 'batch-errors']
    const { out, status } = await memslot(argv, '', { stop: AbortSignal.abort() })
    expect([status, out]).toEqual([130, 'interrupted: 1 of 1 family not asked\n'])
  })
})
