import { KERNEL_NAMES } from '../../../spec/terms/kernels.js'
import { addressOf, type U64, u64 } from '../../../spec/terms/numbers.js'
import type { MemfdField, Operation, SetCall } from '../../../spec/terms/operation.js'
import { defaultParameters } from '../../../spec/terms/parameters.js'
import { GUEST_MEMFD, LOG, RO } from '../../../spec/terms/slot.js'
import { batch, type Draft, get, HOST, removal, set } from '../draft/calls.js'

const FILE_PAGES = 6
const LAST_FRAME = defaultParameters.maxGfn
const create = (file: number, size: U64 = addressOf(FILE_PAGES)): Operation => ({
  op: 'create-guest-memfd',
  file,
  size,
})

const backed = (id: number, base: number, npages: number, memfd?: MemfdField): SetCall => ({
  ...set({ id, base, npages, hva: HOST + base, flags: GUEST_MEMFD }),
  ioctl: 2,
  ...(memfd === undefined ? {} : { memfd }),
})
const pages = (first: number, file: MemfdField['file'] = 0): MemfdField => ({
  file,
  offset: addressOf(first),
})

const SIZES: Readonly<Record<string, U64>> = {
  nothing: u64(0),
  byte: u64(1),
  'half-a-page-more': u64(0x1800),
  page: u64(0x1000),
  'largest-signed': u64((1n << 63n) - 4096n),
  'first-negative': u64(1n << 63n),
  'last-page': u64((1n << 64n) - 4096n),
}

/** What a call may say of the descriptor and the offset, of a file of six pages of which the second and third are bound. */
const FIELDS: Readonly<Record<string, MemfdField | undefined>> = {
  none: undefined,
  first: pages(0),
  'one-before': pages(1),
  'the-same': pages(1),
  'one-after': pages(2),
  behind: pages(3),
  'to-the-end': pages(4),
  'one-beyond': pages(5),
  'from-the-end': pages(6),
  'another-file': pages(1, 1),
  'not-open': pages(0, 3),
  'other-file': pages(0, 'other'),
  unaligned: { file: 0, offset: u64(0x3001) },
  'unaligned-not-open': { file: 3, offset: u64(0x800) },
  'wraps-other-file': { file: 'other', offset: u64((1n << 64n) - 4096n) },
  'ends-at-2-64': { file: 0, offset: u64((1n << 64n) - 0x2000n) },
  'one-before-2-64': { file: 0, offset: u64((1n << 64n) - 0x3000n) },
  'first-negative': { file: 0, offset: u64(1n << 63n) },
  'sum-is-negative': { file: 0, offset: u64((1n << 63n) - 4096n) },
  'sum-is-2-63': { file: 0, offset: u64((1n << 63n) - 0x2000n) },
}

/** The calls that a field is put into: each is spoilt besides by what other checks find. */
const CALLS: Readonly<Record<string, (field: MemfdField | undefined) => SetCall>> = {
  create: field => backed(2, 40, 2, field),
  'create-in-space-1': field => ({ ...backed(2, 40, 2, field), as: 1 }),
  'create-over-a-slot': field => backed(2, 17, 2, field),
  'create-with-log': field => ({ ...backed(2, 40, 2, field), flags: GUEST_MEMFD | LOG }),
  'create-with-ro': field => ({ ...backed(2, 40, 2, field), flags: GUEST_MEMFD | RO }),
  'create-through-v1': field => ({ ...backed(2, 40, 2, field), ioctl: 1 }),
  'create-without-the-flag': field => ({ ...backed(2, 40, 2, field), flags: 0 }),
  'create-without-memory': field => ({ ...backed(2, 40, 2, field), allocation: 'early' }),
  'create-beyond-the-last-frame': field => backed(2, LAST_FRAME, 2, field),
  repeat: field => backed(1, 16, 2, field),
  move: field => backed(1, 50, 2, field),
  delete: field => backed(1, 0, 0, field),
}

const before = [create(0), create(1), backed(1, 16, 2, pages(1))] as const

/** Descriptor and offset in each call, on each kernel; then whether the pages of the first slot can be had again. */
export const guestMemfdDrafts = function* (): Generator<Draft> {
  for (const kernel of KERNEL_NAMES)
    for (const [name, size] of Object.entries(SIZES))
      yield {
        id: `guest-memfd/${kernel}/size/${name}`,
        says: `${kernel} is asked for a guest_memfd of a size: ${name}`,
        config: { profile: 'linux', kernel, guestMemfd: true },
        ops: [create(0, size), create(0), backed(1, 16, 2, pages(0))],
      }
  for (const kernel of KERNEL_NAMES)
    for (const [call, of] of Object.entries(CALLS))
      for (const [field, memfd] of Object.entries(FIELDS))
        yield {
          id: `guest-memfd/${kernel}/${call}/${field}`,
          says: `${call}, with pages of a guest_memfd on ${kernel}: ${field}`,
          config: { profile: 'linux', kernel, guestMemfd: true },
          ops: [...before, of(memfd), backed(1, 0, 0), backed(3, 60, 2, pages(1)), get(1)],
        }
  for (const [name, ops] of Object.entries(RELEASES))
    yield {
      id: `guest-memfd/released/${name}`,
      says: `pages of a guest_memfd are free once their slot is gone: ${name}`,
      config: { guestMemfd: true, kernel: '7.3' },
      ops: [...before, backed(2, 40, 2, pages(2)), ...ops, backed(2, 40, 2, pages(2))],
    }
  for (const guestMemfd of [true, false])
    yield {
      id: `guest-memfd/made/${guestMemfd}`,
      says: `a VM that can make ${guestMemfd ? 'a' : 'no'} guest_memfd is asked for one, twice by one number`,
      config: { guestMemfd },
      ops: [create(0), create(0), create(1)],
    }
}

/** Ways in which the slot may go, or not. */
const RELEASES: Readonly<Record<string, readonly Operation[]>> = {
  'by-delete': [backed(1, 0, 0)],
  'by-delete-of-the-first-ioctl': [set({ id: 1, base: 0, npages: 0, hva: 0 })],
  'by-batch': [batch([removal(1)])],
  'not-by-a-batch-that-fails': [batch([removal(1), removal(7)])],
  'by-a-slot-in-its-place': [backed(1, 0, 0), set({ id: 1, base: 16, npages: 2, hva: HOST })],
  'not-with-one-like-it': [backed(1, 0, 0), backed(1, 16, 2, pages(1))],
  'with-one-of-another-file': [backed(1, 0, 0), backed(1, 16, 2, pages(1, 1))],
  'with-one-of-its-own-file': [backed(1, 0, 0), backed(1, 16, 2)],
}
