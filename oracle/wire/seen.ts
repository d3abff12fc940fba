import * as t from 'io-ts'
import type { Seen } from '../../spec/terms/result.js'
import { closed } from './closed.js'
import { Frame, Hex64, HexBytes, natural, oneOf, Runs, U16 } from './scalars.js'

const Found = closed('slot found', { id: U16, page: natural(), hva: Hex64, ro: t.boolean, log: t.boolean })
const Range = closed('backed range', { as: U16, id: U16, gfn: Frame, npages: natural() })
const RetiredRecord = closed(
  'retired record',
  { id: U16, base: Frame, npages: natural(), count: natural() },
  { bits: Runs },
)

/** Any name of an error: an unknown one deviates, it is not a malformed trace. */
const ErrnoName = new t.Type<string, string, unknown>(
  'name of an error, like "EINVAL"',
  (u): u is string => typeof u === 'string',
  (u, c) => (typeof u === 'string' && /^E[A-Z0-9]{1,15}$/.test(u) ? t.success(u) : t.failure(u, c)),
  a => a,
)

/** -1 stands for an error of the header, of copy-in or of allocation. */
const EntryIndex = new t.Type<number, number, unknown>(
  'index of an entry, or -1',
  (u): u is number => Number.isSafeInteger(u),
  (u, c) => (Number.isSafeInteger(u) && (u as number) >= -1 ? t.success(u as number) : t.failure(u, c)),
  a => a,
)

/** Fields of a failed `return`. */
export const failureFields = { errno: ErrnoName }
export const failureOptions = { index: EntryIndex, bound: Hex64 }
/** Fields of a successful `return`: whichever the operation has and the implementation can observe. */
export const successOptions = {
  generation: natural(),
  bits: Runs,
  bytes: natural(),
  retired: t.readonlyArray(RetiredRecord),
  retiredCount: natural(),
  found: t.union([t.null, Found]),
  ranges: t.readonlyArray(Range),
}
export const endFields = { end: oneOf('data', 'mmio', 'fault', 'exit', 'eagain', 'abandoned') }
export const endOptions = { data: HexBytes, errno: ErrnoName }

const Failure = closed('failure', failureFields, failureOptions)
const Success = closed('success', {}, successOptions)
const AccessEnded = closed('access end', endFields, endOptions)

type Untagged = Omit<Extract<Seen, { is: 'error' }>, 'is'> | Omit<Extract<Seen, { is: 'ok' }>, 'is'>

const has = (u: unknown, key: string): boolean => typeof u === 'object' && u !== null && key in u

/** What an implementation answered: a failure has `errno`, the end of an access has `end`, anything else is success. */
export const SeenCodec = new t.Type<Seen, Record<string, unknown>, unknown>(
  'answer',
  (u): u is Seen => has(u, 'is'),
  (u, c) => {
    const decoded = has(u, 'end')
      ? AccessEnded.validate(u, c)
      : has(u, 'errno')
        ? Failure.validate(u, c)
        : Success.validate(u, c)
    if (decoded._tag === 'Left') return decoded
    const is = has(u, 'end') ? 'access' : has(u, 'errno') ? 'error' : 'ok'
    return t.success({ is, ...(decoded.right as Untagged) } as Seen)
  },
  a => {
    switch (a.is) {
      case 'error':
        return Failure.encode(a)
      case 'access':
        return AccessEnded.encode(a)
      case 'ok':
        return Success.encode(a)
    }
  },
)
