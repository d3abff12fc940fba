import { describe, expect, it } from 'vitest'
import { batchDesign } from '../../designs/batch.js'
import { rfcSingleSwap } from '../../designs/rfc.js'
import { sequential } from '../../designs/sequential.js'
import { fullMenu, writersMenu } from '../../designs/world.js'
import { begin } from '../../properties/begin.fixture.js'
import type { StepCells } from '../../terms/steps/cells.js'
import { access, play, possible } from './play.fixture.js'

const menu = [...fullMenu(2), ...writersMenu(2)]
const start = (...[design, before, after, more]: Parameters<typeof begin>) =>
  begin(design, before, after, { accesses: 2, menu, ...more })
const vcpu = (cells: StepCells, id = 0) => cells.vcpus[id]

describe('permission to write', () => {
  it('is not installed by a read through the set that blocks writes, once it was revoked', () => {
    const cells = start(batchDesign, '1 0+1@0', '1 0+1@0 R')
    const run = play(cells, ['update to publish', 'update.publish', 'update.revoke', ...access('read', 0)])
    expect(vcpu(run)?.cache).toEqual([{ space: 0, frame: 0, hva: 0, ro: true, log: -1 }])
    const writes = play(run, ['update to idle', '0 vcpu.begin write 0'])
    expect(possible(writes)).toContain('0 vcpu.mmio')
    expect(possible(writes)).not.toContain('0 vcpu.hit')
  })

  it('is not installed by a read in flight while it is revoked', () => {
    const cells = start(batchDesign, '1 0+1@0', '1 0+1@0 R')
    const inFlight = ['0 vcpu.begin read 0', '0 vcpu.obtain']
    for (const before of [[], ['update to publish', 'update.publish']]) {
      const run = play(cells, [...before, ...inFlight, 'update to drain', '0 vcpu.data'])
      expect(vcpu(run)?.cache.map(t => t.ro)).toEqual([true])
    }
  })

  it('is revoked where logging begins, also from a vCPU that took it while the new set was published', () => {
    const cells = start(batchDesign, '1 0+1@0', '1 0+1@0 L0', { warm: true })
    const run = play(cells, [
      'update to drain',
      ...access('read', 0).map(m => m.replace('obtain', 'hit')),
      'update to idle',
    ])
    expect(possible(play(run, ['0 vcpu.begin write 0']))).toContain('0 vcpu.obtain')
  })
})

describe('revocation', () => {
  it('reaches a vCPU that is in SMM: what it had cached does not serve it when it comes back', () => {
    const cells = start(batchDesign, '1 0+1@0', '1 0+1@1', { warm: true, switches: 2 })
    const run = play(cells, ['0 vcpu.switch', 'update to idle', '0 vcpu.switch', '0 vcpu.begin read 0'])
    expect(vcpu(run)?.cache).toEqual([])
    expect(possible(run)).toContain('0 vcpu.obtain')
  })

  it('leaves what is cached of another space alone, and SMM sees its own set', () => {
    const cells = start(batchDesign, '1 0+1@0', '', { smm: 1 })
    const run = play(cells, [...access('read', 0, 1), 'update to idle', '1 vcpu.begin read 0', '1 vcpu.hit'])
    expect(vcpu(run, 1)?.hold).toMatchObject({ space: 1, hva: 8 })
  })

  it('does not wait for an access of another space', () => {
    const cells = start(batchDesign, '1 0+1@0', '', { smm: 1 })
    const run = play(cells, ['1 vcpu.begin read 0', '1 vcpu.obtain', 'update to idle'])
    expect(run.updater.ended).toBe('returned')
  })
})

describe('turns, starts and calls', () => {
  it('each access of a fetch starts for itself, and the whole of an atomic one at its first', () => {
    const cells = start(batchDesign, '1 0+2@0', '1 0+2@2')
    const run = play(cells, ['update to idle', '0 vcpu.begin fetch 0,1', '0 vcpu.obtain'])
    expect(vcpu(run)?.began).toBe('returned')
    const early = play(cells, ['0 vcpu.begin fetch 0,1', '0 vcpu.obtain', '0 vcpu.data', 'update to idle'])
    expect(vcpu(early)?.began).toBe('before')
    const before = play(cells, ['0 vcpu.begin fetch 0,1', 'update to idle', '0 vcpu.obtain', '0 vcpu.data'])
    expect(vcpu(before)?.began).toBe('returned')
  })

  it('log calls are serialised with updates: a harvest finds its place between calls only', () => {
    const cells = start(sequential, '1 0+1@0 L0', '1 0+1@1 L0')
    expect(possible(cells)).toContain('harvest.get')
    expect(possible(play(cells, ['update.goes-on']))).not.toContain('harvest.get')
    expect(possible(play(cells, ['update to replay']))).not.toContain('harvest.get')
    expect(possible(play(cells, ['update to idle']))).toContain('harvest.get')
  })

  it('an update that fails after its first swap publishes the old set again, and a vCPU that waited goes on', () => {
    const cells = start(rfcSingleSwap, '1 0+1@0', '1 0+1@1')
    const run = play(cells, [
      'update to drain',
      '0 vcpu.begin read 0',
      '0 vcpu.invalid',
      'update to may-fail',
      'update.fails',
      'update to idle',
    ])
    expect(run.updater.ended).toBe('failed')
    expect(play(run, ['0 vcpu.retry', '0 vcpu.obtain', '0 vcpu.data']).seen.neither).toBeNull()
  })
})
