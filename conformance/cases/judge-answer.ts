import { identity } from '../../spec/rewrite/index.js'
import { isSubset, ofRuns, union } from '../../spec/terms/page-set.js'
import type { Seen, SeenRetired } from '../../spec/terms/result.js'
import type { Allowed } from './case.js'

/** Fields an answer may leave out where the implementation cannot observe them. */
const MAY_BE_ABSENT = new Set(['generation', 'bytes', 'data', 'exit', 'gpa', 'rights', 'mmio'])

type AllowedRecord = NonNullable<Allowed['retired']>[number]

const bitsFit = (
  allowed: Pick<Allowed, 'bits' | 'maybe'>,
  seen: (Seen & { is: 'ok' }) | SeenRetired,
): boolean => {
  const bits = ofRuns(seen.bits ?? [])
  const sure = ofRuns(allowed.bits ?? [])
  return (
    seen.bits !== undefined &&
    isSubset(sure, bits) &&
    isSubset(bits, union(sure, ofRuns(allowed.maybe ?? [])))
  )
}

const recordFits = (allowed: AllowedRecord, seen: SeenRetired | undefined): boolean => {
  if (seen === undefined) return allowed.count === 0
  const most = allowed.count + (allowed.maybe ?? []).reduce((sum, [, count]) => sum + count, 0)
  return (
    seen.base === allowed.base &&
    seen.npages === allowed.npages &&
    seen.count >= allowed.count &&
    seen.count <= most &&
    (allowed.bits === undefined ? seen.bits === undefined : bitsFit(allowed, seen))
  )
}

const retiredFit = (allowed: readonly AllowedRecord[], seen: readonly SeenRetired[]): boolean =>
  seen.every(record => allowed.some(a => a.id === record.id)) &&
  new Set(seen.map(({ id }) => id)).size === seen.length &&
  allowed.every(a =>
    recordFits(
      a,
      seen.find(record => record.id === a.id),
    ),
  )

/** Of a #PF whose address the specification does not know it says only that it is one. */
const exceptionFits = (allowed: Allowed['exception'], seen: Seen): boolean => {
  const found = 'exception' in seen ? seen.exception : undefined
  const isKnown = allowed?.vector !== '#PF' || allowed.error !== undefined
  return isKnown ? identity(found) === identity(allowed) : found?.vector === '#PF'
}

/**
 * Whether an answer is the one that is allowed. Every field that stands in `allowed` must be met by the answer, which may
 * leave out only what an implementation cannot always observe: `generation`, `bytes`, `data`, `exit`, `gpa`, `rights` and `mmio`.
 * An answer that is an error, an access or an exception is not allowed where `allowed` names no such outcome.
 *
 * @example
 * allows({ errno: 'EEXIST' }, { is: 'error', errno: 'EEXIST' }) // true
 * allows({ bits: [[0, 1]], maybe: [[1, 1]] }, { is: 'ok', bits: [[0, 2]] }) // true: page 1 may be dirty
 * allows({}, { is: 'error', errno: 'EINVAL' }) // false: success is expected
 */
export const allows = (allowed: Allowed, seen: Seen): boolean => {
  if (seen.is === 'error' && allowed.errno === undefined) return false
  if (seen.is === 'access' && allowed.end === undefined) return false
  if ('exception' in seen && seen.exception !== undefined && allowed.exception === undefined) return false
  const found = seen as unknown as Readonly<Record<string, unknown>>
  return Object.entries(allowed).every(([name, expected]) => {
    if (expected === undefined || name === 'maybe') return true
    if (name === 'bits') return seen.is === 'ok' && bitsFit(allowed, seen)
    if (name === 'retired')
      return seen.is === 'ok' && seen.retired !== undefined && retiredFit(allowed.retired ?? [], seen.retired)
    if (found[name] === undefined) return MAY_BE_ABSENT.has(name)
    if (name === 'exception') return exceptionFits(allowed.exception, seen)
    return identity(found[name]) === identity(expected)
  })
}
