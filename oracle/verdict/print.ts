import { match } from 'ts-pattern'
import { counted } from '../../spec/terms/counted.js'
import type { MmioExit } from '../../spec/terms/mmio.js'
import { u64 } from '../../spec/terms/numbers.js'
import type { Operation } from '../../spec/terms/operation.js'
import { countPages, ofRuns, type PageSet, type Run } from '../../spec/terms/page-set.js'
import type {
  AccessDetails,
  BackedRange,
  Exception,
  Found,
  InternalError,
  Result,
  Retired,
  Rights,
  Seen,
  SeenRetired,
} from '../../spec/terms/result.js'
import type { Slot } from '../../spec/terms/slot.js'
import { OperationCodec } from '../wire/operation.js'
import { printPages, printSlot } from './difference.js'

const isSlot = (v: unknown): v is Slot =>
  typeof v === 'object' && v !== null && 'hva' in v && 'npages' in v && 'log' in v

const isRange = (v: unknown): v is { readonly base: number; readonly npages: number } =>
  typeof v === 'object' && v !== null && 'base' in v && 'npages' in v

const isRuns = (v: unknown): v is readonly Run[] =>
  Array.isArray(v) && v.length > 0 && v.every(run => Array.isArray(run) && run.length === 2)

const value = (v: unknown): string => {
  if (isSlot(v)) return `#${v.id} (${printSlot(v)})`
  if (isRuns(v)) return printPages(ofRuns(v))
  if (isRange(v)) return `frames ${v.base}-${v.base + v.npages - 1}`
  if (v === null) return 'none'
  if (typeof v === 'bigint') return `0x${v.toString(16)}`
  if (v === undefined) return 'nothing'
  return JSON.stringify(v, (_, inner: unknown) =>
    typeof inner === 'bigint' ? `0x${inner.toString(16)}` : inner,
  )
}

/** The values on which a premise failed, as `size 0x1001, limit 0x1000`; a long value is cut at 120 characters. */
export const printValues = (values: Readonly<Record<string, unknown>>): string =>
  Object.entries(values)
    .filter(([, v]) => v !== undefined)
    .map(([k, v]) => {
      const text = value(v)
      return `${k} ${text.length > 120 ? `${text.slice(0, 117)}…` : text}`
    })
    .join(', ')

/** Of a longer list only so many are shown: a batch may have as many entries as there are slots. */
const LISTED = 16

const argument = (v: unknown): string => {
  if (typeof v === 'string') return v
  if (!Array.isArray(v) || v.length <= LISTED) return JSON.stringify(v)
  const shown = v.slice(0, LISTED).map(one => JSON.stringify(one))
  return `[${shown.join()}, … and ${v.length - LISTED} more]`
}

/** An operation with its fields as in a trace: `set(as=0, id=1, gpa=0x0, …)`. Of a long list, some are counted. */
export const printOperation = (operation: Operation): string => {
  const { op, ...fields } = OperationCodec.encode(operation)
  const args = Object.entries(fields).map(([k, v]) => `${k}=${argument(v)}`)
  return `${op}(${args.join(', ')})`
}

const generation = (g: number | null | undefined): string =>
  g === null || g === undefined ? '' : ` at generation ${g}`

const perhaps = (maybe: PageSet): string => (maybe.length === 0 ? '' : ` and perhaps ${printPages(maybe)}`)

const printFound = (found: Found | null): string => {
  if (found === null) return 'a hole'
  const flags = `${found.log ? ', LOG' : ''}${found.ro ? ', RO' : ''}`
  return `slot ${found.id}, page ${found.page}, hva ${value(found.hva)}${flags}`
}

const printRanges = (ranges: readonly BackedRange[]): string =>
  `frames ${ranges.map(r => `${r.as}:${r.id}:${r.gfn}+${r.npages}`).join(' ') || 'none'}`

const bitsRetired = (least: number, most = least): string =>
  `${least === most ? '' : `${least} to `}${counted(most, 'bit')} retired`

/** The retired bits of a slot: its pages where the call asked for them, else their number. */
const printRecord = (id: number, pages: string | null, least: number, most = least): string =>
  pages === null ? `slot ${id} ${bitsRetired(least, most)}` : `slot ${id} retired pages ${pages}`

const printRetired = ({ asked, retired }: Extract<Result, { is: 'batch' }>): string => {
  const least = (r: Retired) => countPages(r.set)
  const most = (r: Retired) => least(r) + countPages(r.maybe)
  const total = (count: (r: Retired) => number) => retired.reduce((sum, r) => sum + count(r), 0)
  if (asked === 'total') return bitsRetired(total(least), total(most))
  const pages = (r: Retired) => (asked === 'bits' ? `${printPages(r.set)}${perhaps(r.maybe)}` : null)
  return retired.map(r => printRecord(r.id, pages(r), least(r), most(r))).join('; ') || 'nothing retired'
}

const printSeenRetired = (retired: readonly SeenRetired[]): string =>
  retired
    .map(({ id, count, bits }) =>
      printRecord(id, bits === undefined ? null : printPages(ofRuns(bits)), count),
    )
    .join('; ') || 'nothing retired'

const printException = ({ vector, error, cr2 }: Exception): string =>
  [
    vector,
    error === undefined ? '' : `(${value(u64(error))})`,
    cr2 === undefined ? '' : ` CR2 ${value(cr2)}`,
  ].join('')

const printInternalError = ({ suberror, ndata, flags, bytes, pending }: InternalError): string => {
  const flagged = flags === undefined ? '' : `, flags ${flags}`
  const fetched = bytes === undefined ? '' : `, bytes ${bytes}`
  const queued = pending === undefined ? '' : `, ${pending} left pending`
  return `internal error ${suberror}, ndata ${ndata}${flagged}${fetched}${queued}`
}

const printRights = ({ write, user, execute }: Rights): string =>
  `r${write ? 'w' : '-'}${execute ? 'x' : '-'}${user ? 'u' : 's'}`

const printMmio = ({ gpa, size, data }: MmioExit): string =>
  data === undefined ? `read ${size} at ${value(gpa)}` : `write ${data} at ${value(gpa)}`

const printDetails = ({ exception, exit, gpa, rights, mmio }: AccessDetails): readonly string[] => [
  ...(exception === undefined ? [] : [printException(exception)]),
  ...(exit === undefined ? [] : [printInternalError(exit)]),
  ...(gpa === undefined ? [] : [`gpa ${value(gpa)}`]),
  ...(rights === undefined ? [] : [printRights(rights)]),
  ...(mmio === undefined ? [] : [`(${mmio.map(printMmio).join(', ')})`]),
]

const printEnd = (end: string, errno: string | null, data: string | null, details: AccessDetails): string =>
  [end, ...(errno === null ? [] : [errno]), ...(data === null ? [] : [data]), ...printDetails(details)].join(
    ' ',
  )

const printFailure = (errno: string, index?: number | null, bound?: bigint | null): string => {
  const at = index === undefined || index === null ? '' : ` at entry ${index}`
  return `${errno}${at}${bound === undefined || bound === null ? '' : `, bound ${value(bound)}`}`
}

/** A result that the specification allows, in words. */
export const printResult = (result: Result): string =>
  match(result)
    .with({ is: 'error' }, ({ errno, index, bound }) => printFailure(errno, index, bound))
    .with({ is: 'done' }, done => `success${generation(done.generation)}`)
    .with(
      { is: 'log' },
      log => `dirty pages ${printPages(log.set)}${perhaps(log.maybe)}${generation(log.generation)}`,
    )
    .with({ is: 'batch' }, batch => `success${generation(batch.generation)}, ${printRetired(batch)}`)
    .with({ is: 'found' }, ({ found }) => printFound(found))
    .with({ is: 'ranges' }, ({ ranges }) => printRanges(ranges))
    .with({ is: 'access' }, ({ end, errno, data, details }) => printEnd(end, errno, data, details ?? {}))
    .with({ is: 'loaded' }, ({ exception }) =>
      exception === null ? 'registers loaded' : printException(exception),
    )
    .exhaustive()

const printSuccess = (seen: Extract<Seen, { is: 'ok' }>): string => {
  const { is: _, generation: g, bits, found, ranges, exception, retired, retiredCount, ...rest } = seen
  const main = [
    ...(bits === undefined ? [] : [`dirty pages ${printPages(ofRuns(bits))}`]),
    ...(found === undefined ? [] : [printFound(found)]),
    ...(ranges === undefined ? [] : [printRanges(ranges)]),
    ...(exception === undefined ? [] : [printException(exception)]),
  ].join(', ')
  return [
    `${main === '' ? 'success' : main}${generation(g)}`,
    ...(retired === undefined ? [] : [printSeenRetired(retired)]),
    ...(retiredCount === undefined ? [] : [bitsRetired(retiredCount)]),
    ...Object.entries(rest).map(([k, v]) => `${k} ${value(v)}`),
  ].join(', ')
}

/** An answer that was seen, in the same words as `printResult`. */
export const printSeen = (seen: Seen): string =>
  match(seen)
    .with({ is: 'error' }, ({ errno, index, bound }) => printFailure(errno, index, bound))
    .with({ is: 'access' }, access => printEnd(access.end, access.errno ?? null, access.data ?? null, access))
    .with({ is: 'ok' }, printSuccess)
    .exhaustive()
