import { describe, expect, it } from 'vitest'
import { batchDesign } from './batch.js'
import type { Design } from './design.js'
import { disabledSlot } from './disabled-slot.js'
import { designs } from './index.js'
import { readUpdate, writePlan } from './notation.js'
import { gate, notify } from './one-swap.js'
import { paused, pausedAlways, pausedResumes } from './paused.js'
import { replaceAllDesign, rfcList, rfcListWithoutDefects, rfcLiteralSwap, rfcSingleSwap } from './rfc.js'
import { sequential } from './sequential.js'

/** The script of a design for an update, its steps separated by strokes. */
const script = (design: Design, before: string, after: string): string => {
  const plan = design.plan(readUpdate(before, after))
  return plan === null ? 'none' : writePlan(plan).join(' / ')
}

const BATCH = 'fail / -> may-fail 0 / await-turns / may-fail 0'

describe('a batch', () => {
  it.each([
    [
      'splits a logged slot in one swap, each page’s bit carried',
      ['1 0+2@0 L0', '1 0+1@0 L0; 2 1+1@1 L0'],
      'publish 1 0+1@0 L1; 2 1+1@1 L2 / drain / carry 0.0>1.0 0.1>2.1 / retire 0 / free 0 / replay 1 0+1@0 L1; 2 1+1@1 L2',
    ],
    [
      'blocks, revokes and drains pages that get another host page',
      ['1 0+2@0', '1 0+2@2'],
      'publish 1 0+2@0 | blocked 0,1 / revoke 0,1 / publish 1 0+2@2 / drain / replay 1 0+2@2',
    ],
    [
      'blocks writes only where pages become read-only',
      ['1 0+2@0', '1 0+2@0 R'],
      'publish 1 0+2@0 | no writes 0,1 / revoke writes 0,1 / publish 1 0+2@0 R / drain / replay 1 0+2@0 R',
    ],
    [
      'owes nothing where pages become writable',
      ['1 0+2@0 R', '1 0+2@0'],
      'publish 1 0+2@0 / drain / replay 1 0+2@0',
    ],
    [
      'exchanges two ranges in two swaps',
      ['1 0+1@0; 2 1+1@1', '1 1+1@0; 2 0+1@1'],
      'publish 1 0+1@0; 2 1+1@1 | blocked 0,1 / revoke 0,1 / publish 2 0+1@1; 1 1+1@0 / drain / replay 2 0+1@1; 1 1+1@0',
    ],
    [
      'gives the bits of a removed slot to the caller',
      ['1 0+2@0 L0', ''],
      'publish 1 0+2@0 L0 | blocked 0,1 / revoke 0,1 / publish / drain / retire 0 0,1 / free 0 / replay',
    ],
    ['creates in one swap', ['', '1 0+2@0 L0'], 'publish 1 0+2@0 L0 / drain / replay 1 0+2@0 L0'],
    [
      'carries the log of a slot that moves, by its host pages',
      ['1 0+1@0 L0', '1 1+1@0 L0'],
      'publish 1 0+1@0 L0 | blocked 0 / revoke 0 / publish 1 1+1@0 L1 / drain / carry 0.0>1.0 / retire 0 / free 0 / replay 1 1+1@0 L1',
    ],
    [
      'revokes permission to write after publication where logging begins',
      ['1 0+2@0', '1 0+2@0 L0'],
      'publish 1 0+2@0 L0 / drain / revoke writes 0,1 / replay 1 0+2@0 L0',
    ],
    [
      'retires a log that ends',
      ['1 0+2@0 L0', '1 0+2@0'],
      'publish 1 0+2@0 / drain / retire 0 0,1 / free 0 / replay 1 0+2@0',
    ],
    [
      'merges two logs into one',
      ['1 0+1@0 L0; 2 1+1@1 L1', '1 0+2@0 L0'],
      'publish 1 0+2@0 L2 / drain / carry 0.0>2.0 1.1>2.1 / retire 0 / retire 1 / free 0 / free 1 / replay 1 0+2@0 L2',
    ],
  ] as const)('%s', (_, [before, after], steps) => {
    expect(script(batchDesign, before, after)).toBe(`${BATCH} / ${steps} / return`)
  })
})

describe('Linux, a call for each slot', () => {
  const DELETED =
    'may-fail 0 / publish 1 0+2@0 L0 I / drain / revoke 0,1 / publish / drain / replay / free 0 / return'
  const create = (after: string) => `may-fail 0 / publish ${after} / drain / replay ${after} / return`

  it('splits by a delete and two creates with new bitmaps', () => {
    expect(script(sequential, '1 0+2@0 L0', '1 0+1@0 L0; 2 1+1@1 L0')).toBe(
      `fail / -> ${DELETED} / ${create('1 0+1@0 L1')} / ${create('1 0+1@0 L1; 2 1+1@1 L2')}`,
    )
  })

  it('moves in one call, which may fail once more after the first swap and then swaps back', () => {
    expect(script(sequential, '1 0+1@0 L0', '1 1+1@0 L0')).toBe(
      'fail / publish 1 0+1@0 L0 / drain / replay 1 0+1@0 L0 / goto 0 / -> may-fail 0 / publish 1 0+1@0 L0 I / drain / revoke 0,1 / may-fail 1 / publish 1 1+1@0 L0 / drain / replay 1 1+1@0 L0 / return',
    )
  })

  it('switches logging on and off in one call, and frees the bitmap', () => {
    expect(script(sequential, '1 0+2@0', '1 0+2@0 L0')).toBe(
      'fail / -> may-fail 0 / publish 1 0+2@0 L0 / drain / revoke writes 0,1 / replay 1 0+2@0 L0 / return',
    )
    expect(script(sequential, '1 0+2@0 L0', '1 0+2@0')).toBe(
      'fail / -> may-fail 0 / publish 1 0+2@0 / drain / free 0 / replay 1 0+2@0 / return',
    )
  })
})

describe('the other designs', () => {
  it('rfc-list swaps once for each removal, edits the other list, and swaps once more', () => {
    const edits = 'may-fail 0 / replay 2 1+1@1 I / may-fail 0 / replay / may-fail 0 / replay 1 0+2@0'
    const pass = (alloc: string) =>
      `fail / -> ${alloc} / publish 1 0+1@0 I; 2 1+1@1 / drain / revoke 0 / replay 1 0+1@0 I; 2 1+1@1 / ${alloc} / publish 1 0+1@0 I; 2 1+1@1 I / drain / revoke 1 / replay 1 0+1@0 I; 2 1+1@1 I / ${edits} / publish 1 0+2@0 / drain / replay 1 0+2@0 / return`
    expect(script(rfcList, '1 0+1@0; 2 1+1@1', '1 0+2@0')).toBe(pass('may-corrupt'))
    expect(script(rfcListWithoutDefects, '1 0+1@0; 2 1+1@1', '1 0+2@0')).toBe(pass('may-fail 0'))
  })

  it('rfc-single-swap publishes the old set again where preparing fails', () => {
    expect(script(rfcSingleSwap, '1 0+2@0', '1 0+2@2')).toBe(
      'fail / publish 1 0+2@0 / drain / replay 1 0+2@0 / goto 0 / -> may-fail 0 / publish 1 0+2@0 I / drain / revoke 0,1 / may-fail 1 / publish 1 0+2@2 / drain / replay 1 0+2@2 / return',
    )
  })

  it('replace-all makes every slot INVALID, those that stay too', () => {
    expect(script(replaceAllDesign, '1 0+1@0; 2 1+1@1', '1 0+1@0')).toBe(
      'fail / -> may-fail 0 / publish 1 0+1@0 I; 2 1+1@1 I / drain / revoke 0,1 / publish 1 0+1@0 / drain / replay 1 0+1@0 / return',
    )
  })

  it('disabled-slot publishes a slot with a bitmap of its own between disabling and enabling', () => {
    expect(script(disabledSlot, '1 0+2@0', '1 0+2@0 L0')).toBe(
      'fail / -> may-fail 0 / publish 1 0+2@0 D / drain / revoke 0,1 / replay 1 0+2@0 D / return / may-fail 0 / publish 1 0+2@0 L0 D / drain / replay 1 0+2@0 L0 D / return / may-fail 0 / publish 1 0+2@0 L0 / drain / replay 1 0+2@0 L0 / return',
    )
  })

  it('disabled-slot leaves disabled what a new slot does not overlap, on both of its sides', () => {
    const steps = script(disabledSlot, '1 0+2@0 L0', '1 0+1@0 L0; 2 1+1@1 L1')
    // Half of the old slot stays until the second new one takes its place; then its bitmap goes.
    expect(steps).toContain(
      'publish 1 0+1@0 L1 D; 1 1+1@1 L0 D / drain / replay 1 0+1@0 L1 D; 1 1+1@1 L0 D / return',
    )
    expect(steps).toContain(
      'publish 1 0+1@0 L1 D; 2 1+1@1 L2 D / drain / replay 1 0+1@0 L1 D; 2 1+1@1 L2 D / free 0 / return',
    )
    const plan = disabledSlot.plan(readUpdate('1 0+3@0', '2 1+1@5', 3))
    expect(writePlan(plan ?? { script: [], start: 0, logs: 0, calls: [], after: [] })).toContain(
      'publish 1 0+1@0 D; 2 1+1@5 D; 1 2+1@2 D',
    )
  })

  it('rfc-single-swap read literally publishes once, and revokes only then', () => {
    expect(script(rfcLiteralSwap, '1 0+2@0', '1 0+2@2')).toBe(
      'fail / -> may-fail 0 / publish 1 0+2@2 / drain / revoke 0,1 / replay 1 0+2@2 / return',
    )
  })

  it('rfc-list makes a change of LOG without INVALID, and a move with the bitmap it had', () => {
    expect(script(rfcListWithoutDefects, '1 0+2@0', '1 0+2@0 L0')).toBe(
      'fail / -> may-fail 0 / replay 1 0+2@0 L0 / publish 1 0+2@0 L0 / drain / revoke writes 0,1 / replay 1 0+2@0 L0 / return',
    )
    expect(script(rfcListWithoutDefects, '1 0+1@0 L0', '1 1+1@0 L0')).toBe(
      'fail / -> may-fail 0 / publish 1 0+1@0 L0 I / drain / revoke 0 / replay 1 0+1@0 L0 I / may-fail 0 / replay 1 1+1@0 L0 / publish 1 1+1@0 L0 / drain / replay 1 1+1@0 L0 / return',
    )
  })

  it('notify has faults retried from before the zap until after the swap, and drains after it', () => {
    expect(script(notify, '1 0+1@0 L0', '1 0+1@1 L1')).toBe(
      'fail / -> may-fail 0 / faults retried 0 / zap 0 / publish 1 0+1@1 L1 | faults retried 0 / drain / retire 0 0 / free 0 / go on / replay 1 0+1@1 L1 / return',
    )
  })

  it('gate drains before it zaps and swaps, and opens when the logs are settled', () => {
    expect(script(gate, '1 0+2@0 L0', '1 0+1@0 L0; 2 1+1@1 L1')).toBe(
      'fail / -> may-fail 0 / await-turns / may-fail 0 / gate shut / drain / zap 0,1 / publish 1 0+1@0 L1; 2 1+1@1 L2 | gate shut / carry 0.0>1.0 0.1>2.1 / retire 0 / free 0 / go on / replay 1 0+1@0 L1; 2 1+1@1 L2 / return',
    )
  })

  it('paused keeps vCPUs out where a removed range overlaps an added one, and the VMM ends with a failed call', () => {
    expect(script(paused, '1 0+2@0 L0', '1 0+1@0')).toBe(
      'abort / -> pause / get-log 0 / may-fail 0 / publish 1 0+2@0 L0 I / drain / revoke 0,1 / publish / drain / replay / free 0 / return / may-fail 0 / publish 1 0+1@0 / drain / replay 1 0+1@0 / return / resume / return',
    )
  })

  it('paused, resumes lets vCPUs in on every way out', () => {
    expect(script(pausedResumes, '1 0+2@0', '1 0+1@0')).toBe(
      'fail / resume / goto 0 / -> pause / may-fail 1 / publish 1 0+2@0 I / drain / revoke 0,1 / publish / drain / replay / return / may-fail 1 / publish 1 0+1@0 / drain / replay 1 0+1@0 / return / resume / return',
    )
    const slides = script(pausedResumes, '1 0+2@0', '1 1+2@0')
    expect(slides).toContain('goto 1 / -> pause / may-fail 1 / publish 1 0+2@0 I')
    expect(slides).toContain('may-fail 3 / publish 1 1+2@0')
  })

  it('paused removes a slot, or changes LOG, without keeping vCPUs out, unless it always keeps them out', () => {
    for (const after of ['', '1 0+2@0 L0']) {
      expect(script(pausedResumes, '1 0+2@0', after)).toBe(script(sequential, '1 0+2@0', after))
      expect(script(pausedAlways, '1 0+2@0', after)).toContain('-> pause')
    }
  })

  it('every failure of every script ends at its first step, and every script ends by returning', () => {
    for (const { plan, id } of designs) {
      const { script: steps } = plan(readUpdate('1 0+2@0 L0', '1 0+1@0 L0; 2 1+1@1 L0')) ?? { script: [] }
      const target = (at: number): string => {
        const step = steps[at]
        return step?.kind === 'fail' || step?.kind === 'abort'
          ? 'the end'
          : step?.kind === 'goto'
            ? target(step.to)
            : target(at + 1)
      }
      for (const step of steps) if (step.kind === 'may-fail') expect(target(step.to), id).toBe('the end')
      expect(steps.at(-1)?.kind, id).toBe('return')
    }
  })
})
