import type { Operation } from '../../../spec/terms/operation.js'
import { type Role, renamed, valuesOf } from './fields.js'

const PAGE = 4096n

/** In the order in which they are made simple. */
const ORDER: readonly Role[] = [
  'space',
  'vcpu',
  'id',
  'flags',
  'offset',
  'length',
  'generation',
  'room',
  'count',
  'first',
  'size',
  'host',
  'guest',
]

const bits = (value: bigint): readonly bigint[] => {
  const without: bigint[] = []
  for (let bit = 1n; bit <= value; bit <<= 1n) if ((value & bit) !== 0n) without.push(value & ~bit)
  return without
}

const halfOf = (value: bigint): bigint => ((value >> 13n) << 12n) | (value % PAGE)

/** Simpler values than this one, the simplest first; every one is less, so that simplifying comes to an end. */
const simplerThan = (role: Role, value: bigint): readonly bigint[] => {
  const less = (...candidates: readonly bigint[]) =>
    [...new Set(candidates)].filter(candidate => candidate >= 0n && candidate < value)
  switch (role) {
    case 'space':
    case 'vcpu':
    case 'id':
      return less(0n, 1n, 2n, 3n)
    case 'flags':
      return less(0n, ...bits(value))
    case 'offset':
    case 'generation':
      return less(0n, value - 1n)
    case 'length':
      return less(1n)
    case 'room':
      return less(0n, 32n, PAGE)
    case 'count':
    case 'first':
      return less(0n, 1n, 64n, (value / 128n) * 64n, value - 64n)
    case 'size':
      return less(PAGE, 2n * PAGE, halfOf(value), value - PAGE, value - (value % PAGE))
    case 'host':
      return less(0n, value % PAGE, halfOf(value), value - (value % PAGE))
    case 'guest':
      return less(0n, value % PAGE, value - (value % PAGE))
  }
}

/** The operations with the `nth` number of a role changed, and no other. */
const changedAt = (ops: readonly Operation[], role: Role, nth: number, to: bigint) => {
  let seen = -1
  return renamed(ops, (of, value) => {
    if (of !== role) return value
    seen++
    return seen === nth ? to : value
  })
}

/** Ranges of logs that were as long as a slot of one size are as long as one of another. */
const wholeLogs = (ops: readonly Operation[], from: bigint, to: bigint): readonly Operation[] =>
  renamed(ops, (role, value) => (role === 'count' && value === from / PAGE ? to / PAGE : value))

/**
 * Simpler versions of the operations: a value replaced wherever it stands for the same thing, so that what names one
 * slot still does; then one place alone.
 */
export const simplerNumbers = function* (ops: readonly Operation[]): Generator<readonly Operation[]> {
  for (const role of ORDER) {
    const values = valuesOf(ops, role)
    for (const from of new Set(values)) {
      for (const to of simplerThan(role, from)) {
        const changed = renamed(ops, (of, value) => (of === role && value === from ? to : value))
        if (role === 'size') yield wholeLogs(changed, from, to)
        yield changed
      }
    }
    if (new Set(values).size === values.length) continue
    for (const [nth, from] of values.entries())
      for (const to of simplerThan(role, from)) yield changedAt(ops, role, nth, to)
  }
}
