import { describe, expect, it } from 'vitest'
import { configFor, conflictOf, isOwnAnyway } from './own-config.js'

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

  it('fills what a configuration leaves open, and cases that share one go on sharing it', () => {
    const config = { spaces: 1 }
    expect(configFor({ vm }, config)).toEqual({ ...vm, spaces: 1 })
    expect(configFor({ vm }, config)).toBe(configFor({ vm }, config))
    expect(configFor({}, config)).toBe(config)
  })
})
