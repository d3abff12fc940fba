import { describe, expect, it } from 'vitest'
import { batchDesign } from '../../designs/batch.js'
import { fullMenu, writersMenu } from '../../designs/world.js'
import { begin } from '../../properties/begin.fixture.js'
import type { StepCells } from '../../terms/steps/cells.js'
import { play, possible } from './play.fixture.js'

const menu = [...fullMenu(2), ...writersMenu(2)]
const start = (...[design, before, after, more]: Parameters<typeof begin>) =>
  begin(design, before, after, { accesses: 2, menu, ...more })
const vcpu = (cells: StepCells, id = 0) => cells.vcpus[id]

describe('a write that crosses pages', () => {
  const CROSSES = '0 vcpu.begin write 0,1'

  it('stores nothing while one of its pages is blocked', () => {
    const cells = start(batchDesign, '1 0+1@0; 2 1+1@1', '1 0+1@0; 2 1+1@3', { warm: true })
    const run = play(cells, ['update to publish', 'update.publish', 'update.revoke', CROSSES])
    expect(possible(run).filter(m => m.startsWith('0'))).toEqual(['0 vcpu.wait-whole'])
    const waits = play(run, ['0 vcpu.wait-whole'])
    expect(possible(waits)).not.toContain('0 vcpu.retry')
    expect(play(waits, ['update to idle', '0 vcpu.retry', '0 vcpu.obtain-whole']).seen.disturbed).toBeNull()
  })

  it('is in flight on both pages until the last byte is marked: the update waits', () => {
    const cells = start(batchDesign, '1 0+2@0 L0', '1 0+1@0 L0')
    const held = play(cells, [CROSSES, '0 vcpu.obtain-whole', 'update to revoke'])
    for (const moves of [[], ['0 vcpu.store'], ['0 vcpu.store', '0 vcpu.mark', '0 vcpu.store']])
      expect(possible(play(held, moves))).not.toContain('update.revoke')
    const done = play(held, ['0 vcpu.store', '0 vcpu.mark', '0 vcpu.store', '0 vcpu.mark'])
    expect(possible(done)).toContain('update.revoke')
    expect(done.logs[0]).toBe(0b11)
  })

  it('is taken apart where one page is a device or a hole', () => {
    for (const slots of ['1 0+1@0', '1 0+1@0; 2 1+1@1 R']) {
      const cells = start(batchDesign, slots, '')
      const run = play(cells, [CROSSES, '0 vcpu.obtain', '0 vcpu.store', '0 vcpu.mark'])
      expect(vcpu(run)).toMatchObject({ at: 'looking', next: 1, hold: null })
    }
  })
})

describe('what else is of write class', () => {
  it('an atomic operation waits for a page that becomes read-only before its load', () => {
    const cells = start(batchDesign, '1 0+1@0', '1 0+1@0 R')
    const run = play(cells, ['update to publish', 'update.publish', '0 vcpu.begin rmw 0'])
    expect(possible(run)).toContain('0 vcpu.wait')
  })

  it('an atomic operation on a read-only page reads memory and exits with its result', () => {
    const cells = start(batchDesign, '1 0+1@1 R', '1 0+1@0 R')
    const run = play(cells, ['update to idle', '0 vcpu.begin rmw 0', '0 vcpu.rmw-mmio'])
    expect(run.seen).toMatchObject({ committed: true, neither: null, atNew: 1 })
    expect(vcpu(run)).toMatchObject({ at: 'ready', want: null })
  })

  it('the store of an atomic operation whose load met a hole finds the slot that has come since', () => {
    const cells = start(batchDesign, '', '1 0+1@0 L0')
    const run = play(cells, [
      '0 vcpu.begin rmw 0',
      '0 vcpu.rmw-hole',
      'update to idle',
      '0 vcpu.obtain',
      '0 vcpu.store',
      '0 vcpu.mark',
    ])
    expect(run.logs).toEqual([1])
    expect(vcpu(run)?.left).toBe(1)
  })

  it('a bit set in a table is marked, and in a table that is read-only none is set', () => {
    const cells = start(batchDesign, '1 0+1@0 L0; 2 1+1@1 R', '')
    const set = play(cells, ['0 vcpu.begin ad-update 0', '0 vcpu.obtain', '0 vcpu.store', '0 vcpu.mark'])
    expect(set.logs).toEqual([1])
    expect(vcpu(play(set, ['0 vcpu.begin ad-update 1', '0 vcpu.ad-skipped']))?.at).toBe('done')
  })
})
