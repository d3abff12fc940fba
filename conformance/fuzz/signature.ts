import { match, P } from 'ts-pattern'
import type { Operation } from '../../spec/terms/operation.js'
import { countPages, isSubset, ofRuns, union } from '../../spec/terms/page-set.js'
import type { Result, Seen } from '../../spec/terms/result.js'

type Of<T extends { is: string }, K extends T['is']> = Extract<T, { is: K }>

const kindOf = (seen: Seen): string =>
  seen.is === 'error' ? seen.errno : seen.is === 'access' ? seen.end : 'success'

const expectedKind = (result: Result): string =>
  match(result)
    .with({ is: 'error' }, ({ errno }) => errno)
    .with({ is: 'access' }, ({ end }) => end)
    .with({ is: P.union('done', 'log', 'batch', 'found', 'ranges', 'loaded') }, () => 'success')
    .exhaustive()

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
  const seenBits = seen.retiredCount ?? seen.retired?.reduce((sum, record) => sum + record.count, 0)
  if (seenBits === undefined) return 'retired bits not told'
  if (seenBits === expected) return 'retired otherwise'
  return seenBits < expected ? 'retired bits lost' : 'retired bits invented'
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

const OTHER_KIND = 'an answer of another kind'

const amongFailures = (result: Result, seen: Of<Seen, 'error' | 'access'>): string => {
  if (result.is === 'error' && seen.is === 'error') return ofError(result, seen)
  return result.is === 'access' && seen.is === 'access' ? ofAccess(result, seen) : OTHER_KIND
}

/** In what way an answer is not the one expected, in few words that differ from fault to fault. */
export const disagreement = (result: Result, seen: Seen): string => {
  const [expected, found] = [expectedKind(result), kindOf(seen)]
  if (expected !== found) return `${expected} expected, ${found} seen`
  if (seen.is !== 'ok') return amongFailures(result, seen)
  return match(result)
    .with({ is: 'log' }, log => ofLog(log, seen))
    .with({ is: 'batch' }, batch => ofBatch(batch, seen))
    .with({ is: 'ranges' }, ranges => ofRanges(ranges, seen))
    .with({ is: 'found' }, found => ofFound(found, seen))
    .with({ is: 'done' }, () => 'other generation')
    .with({ is: 'loaded' }, () => 'another exception')
    .with({ is: P.union('error', 'access') }, () => OTHER_KIND)
    .exhaustive()
}

/** One name for all runs that fail in one way: operation, the rule that should have applied, and the disagreement. */
export const signatureOf = (operation: Operation, rule: string, how: string): string =>
  `${operation.op} (${rule}): ${how}`
