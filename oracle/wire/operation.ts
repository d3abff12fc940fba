import * as t from 'io-ts'
import type { Operation } from '../../spec/terms/operation.js'
import { closed, tagged } from './closed.js'
import {
  EntryBytes,
  FileId,
  Frame,
  Hex64,
  HexBytes,
  natural,
  oneNumberOf,
  oneOf,
  Runs,
  Smbase,
  U16,
  U32,
  VcpuId,
} from './scalars.js'
import { amidOf, virtualMembers } from './virtual.js'

const op = <N extends string>(name: N) => ({ op: t.literal(name) })
const bad = oneOf('bad')
const mishaps = { caller: oneOf('stranger'), argument: bad, allocation: oneOf('early', 'late') }
const region = { id: U16, gpa: Hex64, size: Hex64, hva: Hex64, flags: U32 }
const inSpace = { as: U16 }
const slot = { as: U16, id: U16 }
const vcpu = { vcpu: VcpuId }
const inPage = { gfn: Frame, offset: natural(4095) }
const size = natural(4096, 'bytes')
const path = { by: oneOf('emulator', 'hardware') }
/** A paging-structure entry, which the page walker reads and updates whole. */
const ENTRY_BYTES = 8

/** The last fields of REGION2. */
const MemfdCodec = closed('guest_memfd', { file: t.union([FileId, oneOf('other')]), offset: Hex64 })

/** An entry of a batch. */
export const BatchEntryCodec = closed(
  'batch entry',
  { do: oneOf('set', 'remove'), ...region },
  { reserved: Hex64 },
)

const changes = {
  set: closed(
    'set',
    { ...op('set'), ...inSpace, ...region },
    { ioctl: oneNumberOf(1, 2), memfd: MemfdCodec, ...mishaps },
  ),
  batch: closed(
    'batch',
    { ...op('batch'), ...inSpace, flags: U32, resultSize: Hex64, entries: t.readonlyArray(BatchEntryCodec) },
    { reserved: Hex64, result: bad, ...mishaps },
  ),
}

const amid = amidOf(changes)
const members = {
  ...changes,
  'get-dirty': closed('get-dirty', { ...op('get-dirty'), ...slot }, { bitmap: bad, ...mishaps }),
  'clear-dirty': closed(
    'clear-dirty',
    { ...op('clear-dirty'), ...slot, first: Hex64, count: U32, pages: Runs },
    { generation: natural(), bitmap: bad, ...mishaps },
  ),
  'enable-cap': closed('enable-cap', {
    ...op('enable-cap'),
    cap: oneOf('manual-dirty-log-protect2', 'dirty-log-ring'),
    flags: U32,
    args: t.readonlyArray(Hex64),
  }),
  'internal-slot': closed('internal-slot', {
    ...op('internal-slot'),
    id: U16,
    gpa: Hex64,
    size: Hex64,
    hva: Hex64,
  }),
  'set-tss-addr': closed('set-tss-addr', { ...op('set-tss-addr'), addr: Hex64 }),
  'create-guest-memfd': closed('create-guest-memfd', {
    ...op('create-guest-memfd'),
    file: FileId,
    size: Hex64,
  }),
  'create-vcpu': closed('create-vcpu', { ...op('create-vcpu'), ...vcpu }),
  'set-vcpu': closed('set-vcpu', { ...op('set-vcpu'), ...vcpu, ...inSpace }),
  'enter-smm': closed('enter-smm', { ...op('enter-smm'), ...vcpu }, { smbase: Smbase }),
  rsm: closed('rsm', { ...op('rsm'), ...vcpu }),
  lookup: closed('lookup', { ...op('lookup'), ...inSpace, gfn: Frame }),
  'hva-range': closed('hva-range', { ...op('hva-range'), hva: Hex64, size: Hex64 }),
  'host-protect': closed('host-protect', {
    ...op('host-protect'),
    hva: Hex64,
    size: Hex64,
    rights: oneOf('none', 'read', 'all'),
  }),
  poke: closed('poke', { ...op('poke'), hva: Hex64, data: HexBytes }),
  read: closed('read', { ...op('read'), ...vcpu, ...inPage, size }, { ...path, ...amid }),
  fetch: closed('fetch', { ...op('fetch'), ...vcpu, ...inPage, size }, { ...path, ...amid }),
  walk: closed('walk', { ...op('walk'), ...vcpu, ...inPage, size: oneNumberOf(ENTRY_BYTES) }, amid),
  write: closed('write', { ...op('write'), ...vcpu, ...inPage, data: HexBytes }, { ...path, ...amid }),
  rmw: closed('rmw', { ...op('rmw'), ...vcpu, ...inPage, data: HexBytes }, { ...path, ...amid }),
  'ad-update': closed('ad-update', { ...op('ad-update'), ...vcpu, ...inPage, data: EntryBytes }, amid),
  'kernel-access': closed(
    'kernel-access',
    { ...op('kernel-access'), ...inPage, size },
    { data: HexBytes, cached: t.boolean, ...amid },
  ),
  ...virtualMembers(amid),
}

/** The codec of each operation by name. */
export const operationMembers = members

const bytesOf = (o: Operation): number =>
  'data' in o && o.data !== undefined
    ? o.data.length / 2
    : 'size' in o && typeof o.size === 'number'
      ? o.size
      : 1

const Raw: t.Type<Operation, Record<string, unknown>, unknown> = tagged('operation', 'op', members)

const liesInOnePage = (o: Operation): boolean => {
  if (o.op === 'poke') return Number(o.hva % 4096n) + bytesOf(o) <= 4096
  return !('offset' in o) || (o.offset + bytesOf(o) <= 4096 && bytesOf(o) > 0)
}
const withinPage: t.Type<Operation, Operation, unknown> = new t.Type<Operation, Operation, unknown>(
  'access within one page (offset + size at most 4096, size at least 1)',
  Raw.is,
  (u, c) => {
    const o = u as Operation // only ever applied after Raw
    return liesInOnePage(o) ? t.success(o) : t.failure(u, t.appendContext(c, '', withinPage, u))
  },
  a => a,
)
const sizedAsData: t.Type<Operation, Operation, unknown> = new t.Type<Operation, Operation, unknown>(
  'as many bytes of data as its size says',
  Raw.is,
  (u, c) => {
    const o = u as Operation // only ever applied after Raw
    if (o.op !== 'kernel-access') return t.success(o)
    return bytesOf(o) === o.size
      ? t.success(o)
      : t.failure(o.data, t.appendContext(c, 'data', sizedAsData, o.data))
  },
  a => a,
)

/** Every operation, as traces, programs and cases write it: a call or an access (`oracle/TRACE.md`). */
export const OperationCodec: t.Type<Operation, Record<string, unknown>, unknown> = Raw.pipe(
  sizedAsData as t.Type<Operation, Operation, Operation>,
).pipe(withinPage as t.Type<Operation, Operation, Operation>, Raw.name)
