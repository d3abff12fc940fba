import { describe, expect, it } from 'vitest'
import { batchDesign } from '../designs/batch.js'
import type { Design } from '../designs/design.js'
import { disabledSlot } from '../designs/disabled-slot.js'
import { rfcList, rfcListWithoutDefects } from '../designs/rfc.js'
import { fetchExit, fetchExitAlways, sequential } from '../designs/sequential.js'
import { access, play } from '../rules/steps/play.fixture.js'
import { begin, broken, publishing, scripted } from './begin.fixture.js'
import { properties } from './properties.js'

const LOGGED = '1 0+2@0 L0'
const SPLIT = '1 0+1@0 L0; 2 1+1@1 L0'

describe('dirty-complete', () => {
  const written = access('write', 0)

  it('is broken where a bitmap is freed with bits that were not read', () => {
    expect(
      broken(
        play(begin(sequential, LOGGED, SPLIT), [
          ...written,
          'update to may-fail',
          'update.goes-on',
          'update to return',
        ]),
      ),
    ).toEqual(['dirty-complete'])
  })

  it('is not broken where a harvest came first, or where the bits are carried or retired', () => {
    for (const [design, after, moves] of [
      [sequential, SPLIT, ['harvest.get']],
      [batchDesign, SPLIT, []],
      [batchDesign, '', []],
    ] as const) {
      const run = play(begin(design, LOGGED, after), [...written, ...moves, 'update to idle'])
      expect(broken(run)).toEqual([])
    }
  })

  it('is broken by a write after the return that goes unmarked though the page is logged', () => {
    const design = scripted([
      publishing(LOGGED),
      { ...publishing(LOGGED), kind: 'replay' },
      { kind: 'return' },
    ])
    const run = play(begin(design, '1 0+2@0', LOGGED, { warm: true }), [
      ...['update to idle', '0 vcpu.begin write 0', '0 vcpu.hit', '0 vcpu.store', '0 vcpu.mark'],
    ])
    expect(broken(run)).toEqual(['dirty-complete'])
  })
})

describe('all-or-nothing', () => {
  it('is broken where the second call fails, and not where the first does', () => {
    const cells = begin(sequential, LOGGED, SPLIT)
    expect(broken(play(cells, ['update.fails', 'update.fail']))).toEqual([])
    const late = ['update.goes-on', 'update to may-fail', 'update.fails', 'update.fail']
    expect(broken(play(cells, late))).toEqual(['all-or-nothing'])
  })

  it('is kept by a move that fails while its slot is INVALID', () => {
    const moves = ['update.goes-on', 'update to may-fail', 'update.fails', 'update to idle']
    const run = play(begin(sequential, '1 0+1@0 L0', '1 1+1@0 L0'), moves)
    expect(run.updater.ended).toBe('failed')
    expect(broken(run)).toEqual([])
  })
})

describe('space-scoped', () => {
  const inSmm = (slots: string) =>
    play(
      begin(scripted([{ ...publishing(slots), space: 1 }, { kind: 'return' }]), '1 0+1@0', '1 0+1@1', {
        smm: 2,
      }),
      ['update.publish', '0 vcpu.begin read 0'],
    )

  it('is broken where SMM finds a hole', () => {
    expect(broken(play(inSmm(''), ['0 vcpu.hole']))).toEqual(['space-scoped'])
  })

  it('is not broken where SMM finds its memory', () => {
    expect(broken(play(inSmm('9 0+2@8'), ['0 vcpu.obtain', '0 vcpu.data']))).toEqual([])
  })
})

describe('undisturbed', () => {
  it('is broken by waiting for a page that is kept, and not by waiting for one that is owed', () => {
    const moves = ['update to drain', '0 vcpu.begin read 1']
    const cells = begin(rfcListWithoutDefects, '1 0+2@0', '1 0+1@2; 2 1+1@1')
    expect(broken(play(cells, [...moves, '0 vcpu.invalid']))).toContain('undisturbed')
    const owed = play(cells, ['update to drain', '0 vcpu.begin read 0', '0 vcpu.invalid'])
    expect(broken(owed)).toEqual(['retry-ends'])
  })
})

describe('retry-ends and crash-visible', () => {
  it('an access to a blocked page or a disabled slot waits, until it can look up again', () => {
    const run = play(begin(disabledSlot, '1 0+1@0', '1 0+1@1'), [
      ...['update to drain', '0 vcpu.begin read 0', '0 vcpu.disabled'],
    ])
    expect(broken(run)).toEqual(['retry-ends'])
    expect(broken(play(run, ['update to idle', '0 vcpu.retry', '0 vcpu.obtain', '0 vcpu.data']))).toEqual([])
  })

  it('a fetch from what is a hole in both sets is retried for ever, or is reported', () => {
    const jump = ['update to idle', '0 vcpu.begin fetch 1']
    const at = (design: Design) => play(begin(design, '1 0+1@0', '1 0+1@1'), jump)
    expect(broken(play(at(fetchExitAlways), ['0 vcpu.exit']))).toEqual(['crash-visible'])
    expect(broken(play(at(fetchExit), ['0 vcpu.hole']))).toEqual([])
    expect(broken(play(at(sequential), ['0 vcpu.hole']))).toEqual([])
  })
})

describe('sets-agree', () => {
  it('is broken where the other set is left edited, and not where every call replays', () => {
    const cells = begin(rfcListWithoutDefects, '1 0+1@0', '1 0+1@1')
    const moves = [
      'update.goes-on',
      'update to may-fail',
      'update.goes-on',
      'update.replay',
      'update.fails',
      'update.fail',
    ]
    expect(broken(play(cells, moves))).toEqual(['all-or-nothing', 'sets-agree'])
    expect(broken(play(cells, ['update to idle']))).toEqual([])
  })
})

it('every safety property is broken once kernel state is corrupt', () => {
  const run = play(begin(rfcList, '1 0+1@0', ''), ['update.corrupts'])
  expect(broken(run)).toEqual(properties.flatMap(p => (p.kind === 'safety' ? [p.id] : [])))
})
