import { type Premise, premise } from '../../rewrite/index.js'
import type { Calling } from '../../terms/cells.js'
import { type Kernel, someKernel } from '../../terms/kernels.js'
import { type Binding, memfdOf } from '../../terms/memfd.js'
import { addressOf, isPageAligned, pageOf, TWO_TO_64 } from '../../terms/numbers.js'
import type { MemfdField, SetCall } from '../../terms/operation.js'
import { GUEST_MEMFD, type Slot } from '../../terms/slot.js'

type Setting = Calling<SetCall>

/** What the call says of guest_memfd, where KVM looks at it; null where it does not, or where the call leaves it out. */
const fieldOf = ({ flags, memfd }: SetCall): MemfdField | null =>
  (flags & GUEST_MEMFD) === 0 ? null : (memfd ?? null)

/** The same, of a call that would make a slot. */
const wantedOf = (call: SetCall): MemfdField | null => (call.size === 0n ? null : fieldOf(call))

/** What is behind the slot that the call asks for. */
export const backingAsked = (call: SetCall): boolean | Binding => {
  const wanted = fieldOf(call)
  if (wanted === null || wanted.file === 'other') return (call.flags & GUEST_MEMFD) !== 0
  return { file: wanted.file, first: pageOf(wanted.offset) }
}

const shown = ({ call, memfds }: Setting) => ({ flags: call.flags, memfd: call.memfd, files: memfds })

export const memfdOffsetSound: Premise<Setting> = premise(
  'memfd-offset-sound',
  {
    holds: 'no offset in a guest_memfd is given, or it is page aligned, and with the size below 2^64',
    fails: 'the offset in the guest_memfd is not page aligned, or reaches 2^64 with the size',
  },
  ({ call }) => {
    const field = fieldOf(call)
    if (field === null) return true
    // An offset of 0 is no sum that wraps; else one of exactly 2^64 is.
    return isPageAligned(field.offset) && (field.offset === 0n || field.offset + call.size < TWO_TO_64)
  },
  shown,
)
export const descriptorIsOpen: Premise<Setting> = premise(
  'descriptor-open',
  {
    holds: 'no slot is to be backed by guest_memfd, or the descriptor of one is open',
    fails: 'a slot is to be backed by guest_memfd, and the descriptor is not open',
  },
  ({ call, params, memfds }) => {
    if (call.size === 0n || (call.flags & GUEST_MEMFD) === 0) return true
    const wanted = wantedOf(call)
    if (wanted === null) return params.guestMemfd
    return wanted.file === 'other' || memfdOf(memfds, wanted.file) !== null
  },
  shown,
)
export const descriptorIsMemfd: Premise<Setting> = premise(
  'descriptor-is-memfd',
  {
    holds: 'no descriptor is given, or it is that of a guest_memfd of this VM',
    fails: 'the descriptor is that of another file than a guest_memfd of this VM',
  },
  ({ call }) => wantedOf(call)?.file !== 'other',
  shown,
)

/** Whether the pages asked for lie in the file. Before 7.2 offset and size are signed, and so is their sum. */
const fitsUnder =
  ({ call, memfds }: Setting) =>
  ({ memfdBinds72 }: Kernel): boolean => {
    const wanted = wantedOf(call)
    if (wanted === null || wanted.file === 'other') return true
    const file = memfdOf(memfds, wanted.file)
    if (file === null) return true
    const size = addressOf(file.npages)
    const end = wanted.offset + call.size
    return memfdBinds72
      ? end <= size
      : BigInt.asIntN(64, wanted.offset) >= 0n && BigInt.asIntN(64, end) <= size
  }
const kernelShown = (cells: Setting) => ({ ...shown(cells), kernel: cells.params.kernel ?? 'any' })
export const mayFitInFile: Premise<Setting> = premise(
  'within-file',
  {
    holds: 'no guest_memfd is given, or the kernel may find the pages within it',
    fails: 'the pages of the guest_memfd lie beyond its end',
  },
  cells => someKernel(cells.params, fitsUnder(cells)),
  kernelShown,
)
export const mayNotFitInFile: Premise<Setting> = premise(
  'may-be-beyond-file',
  {
    holds: 'the kernel may find the pages of the guest_memfd beyond its end',
    fails: 'no guest_memfd is given, or the pages lie within it',
  },
  cells => someKernel(cells.params, kernel => !fitsUnder(cells)(kernel)),
  kernelShown,
)

const holderOf = ({ call, spaces }: Setting): Slot | null => {
  const wanted = wantedOf(call)
  if (wanted === null) return null
  const first = pageOf(wanted.offset)
  const last = first + pageOf(call.size) - 1
  for (const { slots } of spaces)
    for (const slot of slots) {
      const { gmem } = slot
      if (typeof gmem === 'boolean' || gmem.file !== wanted.file) continue
      if (gmem.first <= last && first < gmem.first + slot.npages) return slot
    }
  return null
}
export const filePagesAreFree: Premise<Setting> = premise(
  'file-pages-free',
  {
    holds: 'no guest_memfd is given, or none of the pages is behind a slot',
    fails: 'a page of the guest_memfd is behind another slot',
    failing: cells => `a page of the guest_memfd is behind slot ${holderOf(cells)?.id}`,
  },
  cells => holderOf(cells) === null,
  cells => ({ ...shown(cells), holder: holderOf(cells) }),
)
export const bindsSince72: Premise<Setting> = premise(
  'binds-since-7.2',
  { holds: 'the kernel may be 7.2 or later', fails: 'the kernel is earlier than 7.2' },
  ({ params }) => someKernel(params, k => k.memfdBinds72),
  ({ params }) => ({ kernel: params.kernel ?? 'any' }),
)
export const bindsBefore72: Premise<Setting> = premise(
  'binds-before-7.2',
  { holds: 'the kernel may be earlier than 7.2', fails: 'the kernel is 7.2 or later' },
  ({ params }) => someKernel(params, k => !k.memfdBinds72),
  ({ params }) => ({ kernel: params.kernel ?? 'any' }),
)
