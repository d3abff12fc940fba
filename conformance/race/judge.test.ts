import { describe, expect, test } from 'vitest'
import { judgeRace, MIN_EDITS } from './judge.js'
import type { KernelRecord, RaceRecord, TrialRecord } from './record.js'

const kernel: KernelRecord = { is: 'kernel', kernel: '6.12', arch: 'x86', secondStage: 'tdp', cpus: 2 }
const trial: TrialRecord = {
  is: 'trial',
  edit: 'log',
  access: 'read',
  path: 'hardware',
  edits: MIN_EDITS,
  disturbed: 0,
  turns: 100,
  outcomes: {},
}
const verdictOf = (changed: Partial<TrialRecord>, cpus = 2) =>
  judgeRace('kvm', [
    { ...kernel, cpus },
    { ...trial, ...changed },
  ])?.trials.map(({ verdict }) => verdict)

describe('a race judged by the explorer', () => {
  test('an exit that the explorer excludes is a deviation, however rare', () => {
    expect(verdictOf({ outcomes: { mmio: 1 }, disturbed: 1 })).toEqual(['deviation'])
  })

  test('an outcome of another kind than a hole has there is a deviation', () => {
    expect(verdictOf({ edit: 'delete-create', outcomes: { mmio: 5, shutdown: 1 } })).toEqual(['deviation'])
  })

  test('a hole that is predicted is seen, or was not seen', () => {
    expect(verdictOf({ edit: 'delete-create', outcomes: { mmio: 5 } })).toEqual(['seen'])
    expect(verdictOf({ edit: 'delete-create' })).toEqual(['unseen'])
  })

  test('never is said after enough edits, of a vCPU that ran, on two processors', () => {
    expect(verdictOf({})).toEqual(['never'])
    expect(verdictOf({ edits: MIN_EDITS - 1 })).toEqual(['inconclusive'])
    expect(verdictOf({ turns: 0 })).toEqual(['inconclusive'])
    expect(verdictOf({}, 1)).toEqual(['inconclusive'])
  })

  test('an edit that is not known is left out, with the reason', () => {
    const records: readonly RaceRecord[] = [kernel, { ...trial, edit: 'unheard of' }]
    expect(judgeRace('kvm', records)?.leftOut).toEqual([
      { is: 'left out', what: 'unheard of', because: 'there is no such edit' },
    ])
  })

  test('records that do not begin with what ran them are none', () => {
    expect(judgeRace('kvm', [trial])).toBeNull()
  })
})
