import type { Operation } from '../../spec/terms/operation.js'
import { countPages, isSubset, ofRuns, union } from '../../spec/terms/page-set.js'
import type { Result, Seen } from '../../spec/terms/result.js'

type Of<T extends { is: string }, K extends T['is']> = Extract<T, { is: K }>

const kindOf = (seen: Seen): string =>
  seen.is === 'error' ? seen.errno : seen.is === 'access' ? seen.end : 'success'

const expectedKind = (result: Result): string => {
  switch (result.is) {
    case 'error':
      return result.errno
    case 'access':
      return result.end
    case 'done':
    case 'log':
    case 'batch':
    case 'found':
    case 'ranges':
    case 'loaded':
      return 'success'
  }
}

const ofError = (result: Of<Result, 'error'>, seen: Of<Seen, 'error'>): string =>
  (seen.index ?? null) !== result.index ? `other index of ${result.errno}` : `other bound of ${result.errno}`

const ofLog = (result: Of<Result, 'log'>, seen: Of<Seen, 'ok'>): string => {
  if (seen.bits === undefined) return 'no bits'
  const bits = ofRuns(seen.bits)
  if (!isSubset(result.set, bits)) return 'bits lost'
  if (!isSubset(bits, union(result.set, result.maybe))) return 'bits invented'
  return seen.bytes !== undefined && seen.bytes !== result.bytes ? 'other bytes' : 'other generation'
}

const ofBatch = (result: Of<Result, 'batch'>, seen: Of<Seen, 'ok'>): string => {
  if (seen.generation !== undefined && seen.generation !== result.generation) return 'other generation'
  const expected = result.retired.reduce((sum, record) => sum + countPages(record.set), 0)
  const told = seen.retiredCount ?? seen.retired?.reduce((sum, record) => sum + record.count, 0)
  if (told === undefined) return 'retired bits not told'
  if (told === expected) return 'retired otherwise'
  return told < expected ? 'retired bits lost' : 'retired bits invented'
}

const ofRanges = (result: Of<Result, 'ranges'>, seen: Of<Seen, 'ok'>): string => {
  const found = seen.ranges?.length ?? 0
  const { length } = result.ranges
  return found === length ? 'other ranges' : found < length ? 'ranges missing' : 'ranges too many'
}

const ofFound = (result: Of<Result, 'found'>, seen: Of<Seen, 'ok'>): string =>
  result.found === null
    ? 'a slot found in a hole'
    : (seen.found ?? null) === null
      ? 'a slot not found'
      : 'another slot found'

const ofAccess = (result: Of<Result, 'access'>, seen: Of<Seen, 'access'>): string =>
  (seen.errno ?? null) !== result.errno && seen.errno !== undefined
    ? `${result.errno ?? 'no error'} expected, ${seen.errno} seen`
    : 'other data'

/** In what way an answer is not the one expected, in the fewest words that tell one fault from another. */
export const disagreement = (result: Result, seen: Seen): string => {
  const [expected, found] = [expectedKind(result), kindOf(seen)]
  if (expected !== found) return `${expected} expected, ${found} seen`
  if (result.is === 'error' && seen.is === 'error') return ofError(result, seen)
  if (result.is === 'access' && seen.is === 'access') return ofAccess(result, seen)
  if (seen.is !== 'ok') return 'an answer of another kind'
  switch (result.is) {
    case 'log':
      return ofLog(result, seen)
    case 'batch':
      return ofBatch(result, seen)
    case 'ranges':
      return ofRanges(result, seen)
    case 'found':
      return ofFound(result, seen)
    case 'done':
      return 'other generation'
    case 'loaded':
      return 'another exception'
    case 'error':
    case 'access':
      return 'an answer of another kind'
  }
}

/** One name for all runs that fail in one way: operation, the rule that should have applied, and the disagreement. */
export const signatureOf = (operation: Operation, rule: string, how: string): string =>
  `${operation.op} (${rule}): ${how}`
