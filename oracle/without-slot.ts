import { meetsInvalid } from '../spec/rules/access/invalid.js'
import { initialMachine } from '../spec/terms/cells.js'
import type { By, Operation } from '../spec/terms/operation.js'
import { defaultParameters } from '../spec/terms/parameters.js'
import type { AccessEnd } from '../spec/terms/result.js'
import { atRest, effectsOf } from './effects.js'

/** The accesses of a guest that a missing slot may meet. */
export type GuestAccess = 'fetch' | 'read' | 'write' | 'walk'

/** What an access comes to at a frame without a slot, by the rules of the specification. */
export interface WithoutSlot {
  readonly access: GuestAccess
  readonly end: AccessEnd
  /** The rule that says so. */
  readonly rule: string
  /** Whose accesses find an INVALID slot to be none: a slot that KVM is deleting or moving. */
  readonly invalidIsNone: readonly By[]
}

const PATHS: readonly By[] = ['emulator', 'hardware']
const params = { ...defaultParameters, profile: 'linux' } as const

const made = (access: GuestAccess): Operation => {
  const at = { vcpu: 0, gfn: 0, offset: 0 }
  switch (access) {
    case 'fetch':
    case 'read':
      return { op: access, ...at, size: 1 }
    case 'write':
      return { op: access, ...at, data: '00' }
    case 'walk':
      return { op: access, ...at, size: 8 }
  }
}

/** The access as one of the two makes it; a walk does not say whose it is. */
const by = (operation: Operation, path: By): Operation =>
  operation.op === 'walk' ? operation : ({ ...operation, by: path } as Operation) // read, fetch and write take it

/**
 * What a guest's access to a frame without a slot ends in.
 *
 * @example
 * withoutSlot('read') // { access: 'read', end: 'mmio', rule: 'read.hole', invalidIsNone: ['emulator'] }
 */
export const withoutSlot = (access: GuestAccess): WithoutSlot => {
  const machine = initialMachine(params)
  const [vcpu] = effectsOf(machine, { op: 'create-vcpu', vcpu: 0 })
  const operation = made(access)
  const [effect] = vcpu === undefined ? [] : effectsOf(atRest(vcpu.cells), operation)
  // A test holds it: each access has one end in a hole.
  if (effect === undefined || effect.result.is !== 'access') throw new Error(`${access} has no end`)
  return {
    access,
    end: effect.result.end,
    rule: effect.rule.id,
    invalidIsNone: PATHS.filter(path => meetsInvalid(by(operation, path), params).hole),
  }
}
