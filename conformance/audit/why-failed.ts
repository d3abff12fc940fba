import { judge, type Rule } from '../../spec/rewrite/index.js'
import type { Cells } from '../../spec/terms/cells.js'
import { MAX_SLOT_PAGES, PAGE_SIZE } from '../../spec/terms/numbers.js'
import type { SetCall } from '../../spec/terms/operation.js'
import { endOf, GUEST_MEMFD, overlaps } from '../../spec/terms/slot.js'
import { slotById } from '../../spec/terms/space.js'
import type { ReportFailure } from '../reports/audit/codec.js'
import type { Judgement } from './judge-call.js'
import { spaceIn } from './machine.js'
import type { FailedCall, RecordedRegion } from './recording/record.js'
import { hex, hexOfPages, showRange, showSetCall, showSlot } from './set-call.js'

type Why = Omit<ReportFailure, 'line' | 'call' | 'errno'>

/** What is so, by the premises of the rule that refuses the call. */
const saidBy = (rule: Rule<Cells>, cells: Cells, call: SetCall): string[] => {
  // A refusing rule needs a check to fail, its last premise: the sentence wanted is that of the check.
  const check = rule.when.at(-1)?.negates
  if (check === undefined) return []
  const judged = judge(check, { ...cells, call })
  return judged === true ? [] : [judged.says]
}

const overlapWords = (cells: Cells, call: SetCall): string[] => {
  const base = Number(call.gpa / PAGE_SIZE)
  const npages = Number(call.size / PAGE_SIZE)
  return spaceIn(cells, call.as)
    .slots.filter(slot => slot.id !== call.id && overlaps(slot, { base, npages }))
    .slice(0, 3)
    .map(
      slot =>
        `slot ${showSlot(call.as, slot.id)} maps ${hexOfPages(slot.base)}-${hex(BigInt(endOf(slot)) * PAGE_SIZE - 1n)}`,
    )
}

const liveSlotWords = (cells: Cells, call: SetCall): string[] => {
  const slot = slotById(spaceIn(cells, call.as), call.id)
  return slot === null
    ? []
    : [
        `slot ${showSlot(call.as, call.id)} has ${hexOfPages(slot.npages)} bytes at ${hexOfPages(slot.base)}, host address ${hexOfPages(slot.hva)}`,
      ]
}

/** What the recording has to say of the rule's reason, beyond the rule's own sentence. */
const detail = (rule: string, cells: Cells, call: SetCall): string[] => {
  switch (rule) {
    case 'set.overlap':
      return overlapWords(cells, call)
    case 'set.immutable':
    case 'set.memfd-live':
      return liveSlotWords(cells, call)
    case 'set.hva':
      return [
        `the host range is ${showRange(call.hva, call.size)}, and user space ends at ${hex(cells.params.hvaLimit)}`,
      ]
    case 'set.too-large':
      return [tooLarge(call.size)]
    case 'set.beyond-max-gfn':
      return [
        `the range ends at ${hex(call.gpa + call.size)}, and addresses end at ${hex(BigInt(cells.params.maxGfn + 1) * PAGE_SIZE)} at the most`,
      ]
    default:
      return []
  }
}

const tooLarge = (size: bigint): string =>
  `${size / PAGE_SIZE} pages, and a slot has at most ${MAX_SLOT_PAGES} (8 TiB less a page)`

/** A guest_memfd has its own checks, which no rule here knows: what they ask. */
const ofGuestMemfd = (memfd: RecordedRegion['guestMemfd']): Pick<Why, 'because' | 'ask'> => ({
  because:
    memfd !== undefined && memfd.offset % PAGE_SIZE !== 0n
      ? [`the offset ${hex(memfd.offset)} in the guest_memfd is not page aligned`]
      : [],
  ask: [
    'whether the guest_memfd belongs to this VM, is as large as offset and size together, and is free there',
  ],
})

/** Why a recorded call failed: the rule that refuses it and what is so. */
export const whyFailed = (
  line: number,
  call: SetCall,
  guestMemfd: RecordedRegion['guestMemfd'],
  errno: string,
  cells: Cells,
  judgement: Judgement,
): ReportFailure => {
  const told = { line, call: showSetCall(call), errno }
  switch (judgement.kind) {
    case 'allowed': {
      const { rule } = judgement
      const because = [...saidBy(rule, cells, call), ...detail(rule.id, cells, call)]
      return { ...told, rule: rule.id, because: because.length > 0 ? because : [rule.says], ask: [] }
    }
    case 'explained':
      return { ...told, rule: null, because: [judgement.by], ask: [] }
    case 'not judged':
      return (call.flags & GUEST_MEMFD) !== 0
        ? { ...told, rule: null, ...ofGuestMemfd(guestMemfd) }
        : {
            ...told,
            rule: null,
            because: [],
            ask: ['what slots the VM had before: record it from its start'],
          }
    case 'deviates':
      return {
        ...told,
        rule: null,
        because: [`no rule allows it: ${judgement.allowed.join(', ')} would be right`],
        ask: [],
      }
  }
}

const MAX_U64 = 1n << 64n
const MAX_ADDRESSABLE = 1n << 52n
/** Guest-physical addresses of common processors. */
const WIDTHS = [36, 39, 40, 42, 43, 44, 46, 48] as const

const pastWidth = (end: bigint): number | null =>
  [...WIDTHS].reverse().find(bits => end > 1n << BigInt(bits)) ?? null

/** What one reported line says by itself, where the host address and flags are not known. */
const byItself = ({ gpa, size, errno }: FailedCall): Why => {
  if (errno === 'EEXIST')
    return {
      rule: 'set.overlap',
      because: ['the range overlaps another slot of the same address space'],
      ask: ['which slots the VM had: they are in the lines before'],
    }
  if (errno !== 'EINVAL')
    return { rule: null, because: [], ask: ['the calls before it, and the kernel’s version'] }
  const certain: readonly (readonly [boolean, string, string])[] = [
    [size % PAGE_SIZE !== 0n, 'set.size', `the size ${hex(size)} is no whole number of pages`],
    [gpa % PAGE_SIZE !== 0n, 'set.gpa', `the guest-physical address ${hex(gpa)} is not page aligned`],
    [gpa + size >= MAX_U64, 'set.wraps', `${hex(gpa)} plus ${hex(size)} wraps in 64 bits`],
    [size / PAGE_SIZE > BigInt(MAX_SLOT_PAGES), 'set.too-large', tooLarge(size)],
    [
      size > 0n && gpa + size > MAX_ADDRESSABLE,
      'set.beyond-max-gfn',
      `the range ends at ${hex(gpa + size)}, and no host maps more than 52 bits of guest-physical address`,
    ],
  ]
  const sure = certain.filter(([holds]) => holds)
  const width = pastWidth(gpa + size)
  const wide =
    width === null || size === 0n || gpa + size > MAX_ADDRESSABLE
      ? []
      : [
          `the range ends at ${hex(gpa + size)}, beyond what a host with ${width} bits of guest-physical address maps (its address sizes are in /proc/cpuinfo)`,
        ]
  if (sure.length > 0)
    return { rule: sure[0]?.[1] ?? null, because: sure.map(([, , says]) => says), ask: wide }
  return {
    rule: null,
    because: wide.length > 0 ? [`perhaps ${wide[0]}`] : [],
    ask: [
      'the host address: page aligned and within user space?',
      'the flags: LOG and READONLY where the VM has them, nothing else through the first ioctl?',
      'whether the slot existed with another size, host address or READONLY: it has to be deleted first',
      ...(size === 0n ? ['whether the slot existed at all: what is not there cannot be deleted'] : []),
      'the number of slots and of address spaces of the VM',
    ],
  }
}

/** Why a call failed of which QEMU's error message is all there is. */
export const whyReported = (failed: FailedCall): ReportFailure => {
  const { line, slot, gpa, size, errno } = failed
  const what =
    size === 0n ? `delete slot ${showSlot(slot.as, slot.id)}` : `set slot ${showSlot(slot.as, slot.id)}`
  return {
    line,
    call: `${what} ${size === 0n ? hex(gpa) : showRange(gpa, size)}`,
    errno,
    ...byItself(failed),
  }
}
