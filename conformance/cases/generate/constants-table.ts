import type { FieldName } from './constants-fields.js'

/** Whether a call with `n` in the field is legal, where the constant is `value`. */
export type Legal = (n: bigint, value: bigint) => boolean

const multiple: Legal = (n, value) => n % value === 0n
const atMost: Legal = (n, value) => n <= value
const below: Legal = (n, value) => n < value
const atLeast: Legal = (n, value) => n >= value
const exactly: Legal = (n, value) => n === value
const always: Legal = () => true
/** Of the five sizes that are probed only the constant, its half and its double can be powers of two. */
const powerAtLeast: Legal = (n, value) => n === value || n === 2n * value
const powerAtMost: Legal = (n, value) => n === value || 2n * n === value

/** A number that a rule compares with: where it stands, and the fields of calls that it is compared with. */
export interface Constant {
  readonly name: string
  readonly value: bigint
  readonly unit: 'bytes' | 'pages' | 'frames' | 'entries' | 'slots' | 'spaces'
  /** The file of `spec/` that has it. */
  readonly rule: string
  /** Where it comes from: a file and a name of Linux, or a section of semantics.md. */
  readonly source: string
  /** The fields that it governs, and which numbers in each are legal: by hand from the source, not by the rules. */
  readonly governs: Readonly<Partial<Record<FieldName, Legal>>>
}

/** The alignments, widths, limits, sizes and counts of the calls. Those of page tables have exhaustive families. */
export const CONSTANTS: readonly Constant[] = [
  {
    name: 'page-size',
    value: 4096n,
    unit: 'bytes',
    rule: 'spec/rules/region-checks.ts',
    source: 'kvm_main.c: kvm_set_memory_region, PAGE_SIZE',
    governs: {
      'set.size': multiple,
      'set.gpa': multiple,
      'set.hva': multiple,
      'entry.size': multiple,
      'entry.gpa': multiple,
      'entry.hva': multiple,
    },
  },
  {
    name: 'max-slot-pages',
    value: 2n ** 31n - 1n,
    unit: 'pages',
    rule: 'spec/rules/region-checks.ts',
    source: 'kvm_main.c: KVM_MEM_MAX_NR_PAGES',
    governs: { 'set.pages': atMost, 'entry.pages': atMost },
  },
  {
    name: 'gpa-end',
    value: 2n ** 52n,
    unit: 'pages',
    rule: 'spec/rules/region-checks.ts',
    source: 'kvm_main.c: kvm_set_memory_region, guest_phys_addr + memory_size',
    governs: { 'set.gpa-end': below, 'entry.gpa-end': below },
  },
  {
    name: 'hva-limit',
    value: 0x7ffffffffn,
    unit: 'pages',
    rule: 'spec/rules/region-checks.ts',
    source: 'kvm_main.c: kvm_set_memory_region, access_ok',
    governs: { 'set.hva-end': atMost, 'entry.hva-end': atMost },
  },
  {
    name: 'max-gfn',
    value: 2n ** 40n - 1n,
    unit: 'frames',
    rule: 'spec/rules/set/premises.ts',
    source: 'x86.c: kvm_arch_prepare_memory_region, kvm_mmu_max_gfn',
    governs: { 'set.last': atMost, 'entry.last': atMost },
  },
  {
    name: 'slot-limit',
    value: 32764n,
    unit: 'slots',
    rule: 'spec/rules/region-checks.ts',
    source: 'kvm_host.h: KVM_USER_MEM_SLOTS',
    governs: { 'set.id': below, 'entry.id': below, 'get.id': below, 'clear.id': below },
  },
  {
    name: 'spaces',
    value: 2n,
    unit: 'spaces',
    rule: 'spec/rules/set/premises.ts',
    source: 'kvm_host.h: KVM_MAX_NR_ADDRESS_SPACES',
    governs: { 'set.as': below, 'batch.as': below, 'get.as': below, 'clear.as': below },
  },
  {
    name: 'bitmap-word-pages',
    value: 64n,
    unit: 'pages',
    rule: 'spec/rules/dirty-log/clear.ts',
    source: 'kvm_main.c: kvm_clear_dirty_log_protect, BITS_PER_LONG',
    governs: {
      'clear.first': multiple,
      'clear.count': multiple,
      'clear.count-from-64': multiple,
      'get.pages': always,
      'harvest.pages': atMost,
    },
  },
  {
    name: 'end-of-slot',
    value: 130n,
    unit: 'pages',
    rule: 'spec/rules/dirty-log/clear.ts',
    source: 'kvm_main.c: kvm_clear_dirty_log_protect, memslot->npages',
    governs: { 'clear.count-to-end': exactly },
  },
  {
    name: 'end-of-whole-words',
    value: 128n,
    unit: 'pages',
    rule: 'spec/rules/dirty-log/clear.ts',
    source: 'kvm_main.c: kvm_clear_dirty_log_protect, memslot->npages',
    governs: { 'clear.first-of-none': (n, value) => n === value || 2n * n === value },
  },
  {
    name: 'bitmap-word-bytes',
    value: 8n,
    unit: 'bytes',
    rule: 'spec/terms/carry.ts',
    source: 'SEMANTICS 2: result space',
    governs: { 'harvest.bitmap-bytes': atLeast },
  },
  {
    name: 'record-bytes',
    value: 32n,
    unit: 'bytes',
    rule: 'spec/terms/carry.ts',
    source: 'SEMANTICS 2: result space',
    governs: { 'batch.record-bytes': atLeast },
  },
  {
    name: 'max-entries',
    value: 8n,
    unit: 'entries',
    rule: 'spec/rules/batch/premises.ts',
    source: 'SEMANTICS 2: validation, E2BIG; a parameter',
    governs: { 'batch.entries': atMost },
  },
  {
    name: 'ring-min-bytes',
    value: 4096n,
    unit: 'bytes',
    rule: 'spec/rules/vm/enable-cap.ts',
    source: 'kvm_main.c: kvm_vm_ioctl_enable_dirty_log_ring, PAGE_SIZE',
    governs: { 'ring.bytes': powerAtLeast },
  },
  {
    name: 'ring-max-bytes',
    value: 65536n * 16n,
    unit: 'bytes',
    rule: 'spec/rules/vm/enable-cap.ts',
    source: 'kvm_dirty_ring.h: KVM_DIRTY_RING_MAX_ENTRIES',
    governs: { 'ring.bytes': powerAtMost },
  },
  {
    name: 'ring-entry-bytes',
    value: 16n,
    unit: 'bytes',
    rule: 'spec/rules/vm/enable-cap.ts',
    source: 'kvm.h: struct kvm_dirty_gfn',
    governs: { 'ring.entries-reserved': atLeast },
  },
  {
    name: 'ring-width',
    value: 2n ** 32n,
    unit: 'bytes',
    rule: 'spec/rules/vm/enable-cap.ts',
    source: 'kvm_main.c: kvm_vm_ioctl_enable_dirty_log_ring, u32 size',
    governs: { 'ring.bytes-above': multiple },
  },
]
