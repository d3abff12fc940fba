import { describe, expect, it } from 'vitest'
import { bufferedBatch, markFirstBatch } from '../../designs/batch.js'
import { fullMenu } from '../../designs/world.js'
import { begin } from '../../properties/begin.fixture.js'
import { access, play, possible } from './play.fixture.js'

const start = (...[design, before, after]: Parameters<typeof begin>) =>
  begin(design, before, after, { accesses: 3, menu: fullMenu(2) })
const write = access('write', 0)

describe('a write that is marked first', () => {
  it('has its bit when it is given permission, before its data', () => {
    const cells = start(markFirstBatch, '1 0+1@0 L0', '')
    expect(play(cells, write.slice(0, 2)).logs).toEqual([1])
    expect(play(cells, access('read', 0)).logs).toEqual([0])
  })

  it('is not marked again by a vCPU that kept its permission, and is after a harvest, which takes that back', () => {
    const cells = play(start(markFirstBatch, '1 0+1@0 L0', ''), write)
    expect(possible(play(cells, ['0 vcpu.begin write 0']))).toContain('0 vcpu.hit')
    const harvested = play(cells, ['harvest.get', '0 vcpu.begin write 0'])
    expect(harvested.logs).toEqual([0])
    expect(possible(harvested)).not.toContain('0 vcpu.hit')
    expect(play(harvested, ['0 vcpu.obtain']).logs).toEqual([1])
  })

  it('is waited for by a harvest while its data are not stored', () => {
    const cells = start(markFirstBatch, '1 0+1@0 L0', '')
    const held = play(cells, write.slice(0, 2))
    expect(possible(held)).not.toContain('harvest.get')
    expect(possible(play(held, write.slice(2)))).toContain('harvest.get')
  })
})

describe('a write that is noted', () => {
  it('is marked where its slot is when the buffer is flushed, at an exit', () => {
    const cells = play(start(bufferedBatch, '1 0+1@0 L0', ''), write)
    expect(cells.logs).toEqual([0])
    expect(play(cells, ['0 vcpu.flush']).logs).toEqual([1])
  })

  it('is reported by a harvest, which flushes every buffer first', () => {
    const cells = play(start(bufferedBatch, '1 0+1@0 L0', ''), [...write, 'harvest.get'])
    expect(cells).toMatchObject({ logs: [0], unreported: [0], vcpus: [{ buffer: [] }, {}] })
  })

  it('is marked in the log of the old set by an update that flushes before it publishes', () => {
    const cells = play(start(bufferedBatch, '1 0+1@0 L0', ''), [...write, 'update to retire'])
    expect(cells.logs).toEqual([1])
    expect(play(cells, ['update to idle']).seen.lost).toBeNull()
  })

  it('is lost where the set that is published when it is flushed has no slot there', () => {
    const cells = play(start(bufferedBatch, '1 0+1@0 L0', ''), ['update to flush', ...[]])
    const late = { ...cells, updater: { ...cells.updater, pc: cells.updater.pc + 1, at: 'publish' as const } }
    const noted = { space: 0, frame: 0, hva: 0, due: true }
    const vcpus = late.vcpus.map(v => (v.id === 0 ? { ...v, buffer: [noted] } : v))
    const run = play({ ...late, vcpus }, ['update.publish', '0 vcpu.flush'])
    expect(run.seen.lost).toMatch(/noted, and no slot has its log/)
  })
})
