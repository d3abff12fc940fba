import * as t from 'io-ts'
import type { Seen } from '../../spec/terms/result.js'
import { closed } from './closed.js'
import { Frame, Hex64, HexBytes, natural, oneOf, Runs, U16, U32 } from './scalars.js'

const Found = closed('slot found', { id: U16, page: natural(), hva: Hex64, ro: t.boolean, log: t.boolean })
const Range = closed('backed range', { as: U16, id: U16, gfn: Frame, npages: natural() })
const RetiredRecord = closed(
  'retired record',
  { id: U16, base: Frame, npages: natural(), count: natural() },
  { bits: Runs },
)

const ExceptionCodec = closed(
  'exception',
  { vector: oneOf('#PF', '#GP', '#UD', 'triple fault') },
  { error: U32, cr2: Hex64 },
)
const InternalErrorCodec = closed(
  'internal error',
  { suberror: U32, ndata: natural(16) },
  { flags: U32, bytes: HexBytes, pending: oneOf('#UD') },
)
/** An exit as MMIO; with `data` a write. */
const MmioExitCodec = closed(
  'MMIO exit',
  { gpa: Hex64, size: natural(8, 'bytes of an exit', 1) },
  { data: HexBytes },
)
const RightsCodec = closed('rights', { write: t.boolean, user: t.boolean, execute: t.boolean })

/** Any name of an errno. An unknown one deviates; it does not make a trace malformed. */
const ErrnoName = new t.Type<string, string, unknown>(
  'name of an error, like "EINVAL"',
  (u): u is string => typeof u === 'string',
  (u, c) => (typeof u === 'string' && /^E[A-Z0-9]{1,15}$/.test(u) ? t.success(u) : t.failure(u, c)),
  a => a,
)

/** The entry of a batch at fault; -1 for an error of the header, of copying in or of allocation. */
const EntryIndex = new t.Type<number, number, unknown>(
  'index of an entry, or -1',
  (u): u is number => Number.isSafeInteger(u),
  (u, c) => (Number.isSafeInteger(u) && (u as number) >= -1 ? t.success((u as number) + 0) : t.failure(u, c)),
  a => a,
)

/** Fields of a failed `return`. */
export const failureFields = { errno: ErrnoName }
export const failureOptions = { index: EntryIndex, bound: Hex64 }
/** Fields of a successful `return`: those that the operation has and the implementation can observe. */
export const successOptions = {
  generation: natural(),
  bits: Runs,
  bytes: natural(),
  retired: t.readonlyArray(RetiredRecord),
  retiredCount: natural(),
  found: t.union([t.null, Found]),
  ranges: t.readonlyArray(Range),
  exception: ExceptionCodec,
}
export const endFields = {
  end: oneOf('data', 'mmio', 'fault', 'exit', 'eagain', 'abandoned', 'shutdown', 'never returns'),
}
export const endOptions = {
  data: HexBytes,
  errno: ErrnoName,
  exception: ExceptionCodec,
  exit: InternalErrorCodec,
  gpa: Hex64,
  rights: RightsCodec,
  mmio: t.readonlyArray(MmioExitCodec),
}

const Failure = closed('failure', failureFields, failureOptions)
const Success = closed('success', {}, successOptions)
const AccessEnded = closed('access end', endFields, endOptions)

type Ok = Extract<Seen, { is: 'ok' }>
type Failed = Extract<Seen, { is: 'error' }>
type Ended = Extract<Seen, { is: 'access' }>

const has = (u: unknown, key: string): boolean => typeof u === 'object' && u !== null && key in u

/** Adds the discriminant `is` to the fields of a codec in memory; it is not written. */
const named = <S extends Seen>(is: S['is'], fields: t.Mixed): t.Type<S, Record<string, unknown>, unknown> =>
  new t.Type(
    fields.name,
    (u): u is S => has(u, 'is') && (u as Seen).is === is,
    (u, c) => {
      const decoded = fields.validate(u, c)
      return decoded._tag === 'Left' ? decoded : t.success({ is, ...decoded.right } as S)
    },
    a => fields.encode(a),
  )

const FailureSeen = named<Failed>('error', Failure)
const SuccessSeen = named<Ok>('ok', Success)

/** How an access ended. */
export const EndedCodec = named<Ended>('access', AccessEnded)

/** The answer to a call: with `errno` a failure, without it a success. */
export const ReturnedCodec = new t.Type<Ok | Failed, Record<string, unknown>, unknown>(
  'answer of a call',
  (u): u is Ok | Failed => FailureSeen.is(u) || SuccessSeen.is(u),
  (u, c) => (has(u, 'errno') ? FailureSeen : SuccessSeen).validate(u, c),
  a => (a.is === 'error' ? FailureSeen.encode(a) : SuccessSeen.encode(a)),
)

/** The answer of an implementation, to a call or to an access; that to an access has `end`. */
export const SeenCodec = new t.Type<Seen, Record<string, unknown>, unknown>(
  'answer',
  (u): u is Seen => ReturnedCodec.is(u) || EndedCodec.is(u),
  (u, c) => (has(u, 'end') ? EndedCodec : ReturnedCodec).validate(u, c),
  a => (a.is === 'access' ? EndedCodec.encode(a) : ReturnedCodec.encode(a)),
)
