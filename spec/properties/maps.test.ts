import { describe, expect, it } from 'vitest'
import { batchDesign, fetchAtomicBatch } from '../designs/batch.js'
import { sequential } from '../designs/sequential.js'
import { access, play } from '../rules/steps/play.fixture.js'
import { begin, broken, publishing, scripted } from './begin.fixture.js'

const LOGGED = '1 0+2@0 L0'
const SPLIT = '1 0+1@0 L0; 2 1+1@1 L0'
const HOLE = ['0 vcpu.begin read 0', '0 vcpu.hole']

describe('no-hole', () => {
  it('is broken by an access between delete and create, with what follows from it', () => {
    const run = play(begin(sequential, LOGGED, SPLIT), [
      'update to may-fail',
      'update.goes-on',
      'update to may-fail',
      ...HOLE,
    ])
    expect(broken(run)).toEqual(['no-hole', 'two-maps', 'two-maps, fetch-atomic', 'undisturbed'])
  })

  it('is not broken by a hole of the new set', () => {
    const run = play(begin(sequential, LOGGED, ''), ['update to idle', ...HOLE])
    expect(broken(run)).toEqual([])
  })
})

describe('two-maps', () => {
  const EXCHANGE = ['1 0+1@0; 2 1+1@1', '1 1+1@0; 2 0+1@1'] as const

  it('is broken, with the commit point alone, by an access that starts after it and completes as before', () => {
    // Published without revoking: what is cached serves on.
    const design = scripted([publishing('1 0+2@2'), { kind: 'return' }])
    const run = play(begin(design, '1 0+2@0', '1 0+2@2', { warm: true, accesses: 2 }), [
      ...['1 vcpu.begin fetch 0', '1 vcpu.hit', '1 vcpu.data'],
      'update.publish',
    ])
    const cold = { ...run, vcpus: run.vcpus.map(v => (v.id === 0 ? { ...v, cache: [] } : v)) }
    const committed = play(cold, access('read', 0))
    expect(broken(committed)).toEqual([])
    const late = play(committed, ['1 vcpu.begin read 1', '1 vcpu.hit', '1 vcpu.data'])
    expect(late.seen.neither).toContain('the commit point')
    expect(late.seen.notAtomicFetch).toBeNull()
    expect(broken(late)).toEqual(['two-maps', 'two-maps, fetch-atomic'])
  })

  const TORN = [
    ...['0 vcpu.begin fetch 0,1', '0 vcpu.obtain', '0 vcpu.data'],
    ...['update to publish', 'update.publish', 'update.revoke', 'update.publish'],
    ...['0 vcpu.obtain', '0 vcpu.data'],
  ]

  it('is broken for fetch-atomic alone by a fetch that reads a page of each set', () => {
    expect(broken(play(begin(batchDesign, ...EXCHANGE), TORN))).toEqual(['two-maps, fetch-atomic'])
  })

  it('is broken for fetch-atomic also where the second page has become a hole', () => {
    const run = play(begin(batchDesign, '1 0+2@0', ''), [...TORN.slice(0, -2), '0 vcpu.hole'])
    expect(broken(run)).toEqual(['two-maps, fetch-atomic'])
  })

  it('is kept where the whole fetch is the unit: its revocation waits for the first page', () => {
    expect(() => play(begin(fetchAtomicBatch, ...EXCHANGE), TORN)).toThrow('0 steps are called update.revoke')
  })

  it('is broken by an access that starts after the return and completes as before', () => {
    const design = scripted([publishing('1 0+2@2'), { kind: 'return' }])
    const run = play(begin(design, '1 0+2@0', '1 0+2@2', { warm: true }), [
      ...['update.publish', 'update.return', '0 vcpu.begin read 0', '0 vcpu.hit', '0 vcpu.data'],
    ])
    expect(run.seen.neither).toContain('the update had returned')
  })

  it('counts a page that becomes writable and logged at once as changed', () => {
    const { world } = begin(batchDesign, '1 0+1@0 R', '1 0+1@0 L0')
    expect(world.changed).toEqual([true, false])
    expect(begin(batchDesign, '1 0+1@0', '1 0+1@0 L0').world.changed).toEqual([false, false])
  })
})

describe('write-coherent', () => {
  const design = scripted([publishing('1 0+1@1'), { kind: 'return' }])
  const first = ['0 vcpu.begin read 0', '0 vcpu.obtain', 'update.publish']

  it('is broken by an access in flight that ends at the old host page after another ended at the new', () => {
    const run = play(begin(design, '1 0+1@0', '1 0+1@1'), [...first, ...access('write', 0, 1), '0 vcpu.data'])
    expect(broken(run)).toEqual(['write-coherent'])
  })

  it('is not broken where the one in flight ends first', () => {
    const run = play(begin(design, '1 0+1@0', '1 0+1@1'), [...first, '0 vcpu.data', ...access('write', 0, 1)])
    expect(broken(run)).toEqual([])
  })

  it('is broken between the two frames of a slot that moves', () => {
    const moving = scripted([publishing('1 1+1@0'), { kind: 'return' }])
    const run = play(begin(moving, '1 0+1@0', '1 1+1@0'), [...first, ...access('read', 1, 1), '0 vcpu.data'])
    expect(broken(run)).toEqual(['write-coherent'])
  })
})
