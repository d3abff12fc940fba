import { describe, expect, it } from 'vitest'
import { u64 } from '../../spec/terms/numbers.js'
import { configFor, conflictOf, isOwnAnyway, missingOf } from './own-config.js'

const vm = { profile: 'linux', secondStage: 'shadow', maxGfn: 2 ** 40 - 1 } as const

describe('what the VMs of a target are by themselves', () => {
  it('is no conflict with a configuration that says the same, or nothing', () => {
    expect(conflictOf(vm, {})).toBe(null)
    expect(conflictOf(vm, { profile: 'linux', secondStage: 'shadow', spaces: 2 })).toBe(null)
  })

  it('is in conflict by every field that says otherwise, each named', () => {
    expect(conflictOf(vm, { profile: 'batch', maxGfn: 5, walker: 'kvm' })).toBe(
      'its VMs have profile linux, and not batch; maxGfn 1099511627775, and not 5',
    )
  })

  it('makes a feature needless that would only choose the same', () => {
    expect(isOwnAnyway(vm, { secondStage: 'shadow' }, 'fetch-profile')).toBe(true)
    expect(isOwnAnyway(vm, { secondStage: 'tdp' }, 'fetch-profile')).toBe(false)
    expect(isOwnAnyway(vm, { secondStage: 'shadow', walker: 'kvm' }, 'fetch-profile')).toBe(false)
    expect(isOwnAnyway(vm, { maxGfn: 2 ** 40 - 1 }, 'limits')).toBe(true)
    expect(isOwnAnyway(vm, {}, 'smm')).toBe(false)
  })

  it('is in conflict by what an architecture stands for, unless another value stands beside it', () => {
    expect(conflictOf(vm, { arch: 'x86-tdp' })).toBe(
      'its VMs have secondStage shadow, and not tdp as arch x86-tdp has it',
    )
    expect(conflictOf(vm, { arch: 'x86-tdp', secondStage: 'shadow' })).toBe(null)
  })

  it('makes needless what a program chooses as it is, and leaves the fields that cannot be given', () => {
    const target = { vm: { ...vm, invalid: 'retry' } as const, features: ['set'] }
    const set = { op: 'set', as: 0, id: 0, gpa: u64(0), size: u64(4096), hva: u64(0), flags: 0 } as const
    expect(missingOf(target, { invalid: 'retry', maxGfn: 2 ** 40 - 1 }, [set])).toEqual({
      features: [],
      fields: [],
    })
    expect(missingOf(target, { vendor: 'amd', maxEntries: 5 }, [set])).toEqual({
      features: [],
      fields: ['vendor amd', 'maxEntries 5'],
    })
    expect(missingOf(target, {}, [{ op: 'lookup', as: 0, gfn: 0 }])).toEqual({
      features: ['lookup'],
      fields: [],
    })
  })

  it('does not make the batch an operation of a target that has none', () => {
    const target = { vm: { profile: 'linux', invalid: 'retry' } as const, features: ['set'] }
    const batch = { op: 'batch', as: 0, flags: 0, resultSize: u64(0), entries: [] } as const
    expect(missingOf(target, { profile: 'linux', invalid: 'retry' }, [batch]).features).toEqual(['profile'])
  })

  it('fills what a configuration leaves open, and cases that share one go on sharing it', () => {
    const config = { spaces: 1 }
    expect(configFor({ vm }, config)).toEqual({ ...vm, spaces: 1 })
    expect(configFor({ vm }, config)).toBe(configFor({ vm }, config))
    expect(configFor({}, config)).toBe(config)
  })
})
