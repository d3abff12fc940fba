import type { Draft } from './draft/calls.js'
import type { Exhaustive } from './exhaustive/exhaustive.js'
import { FETCH_FAMILIES } from './fetch/families.js'
import { accessDrafts } from './generate/accesses.js'
import { batchErrorDrafts } from './generate/batch-errors.js'
import { callsOnlyDrafts } from './generate/calls-only.js'
import { constantDrafts } from './generate/constants.js'
import { dirtyDrafts } from './generate/dirty.js'
import { fetchDrafts } from './generate/fetch.js'
import { fetchChangeDrafts } from './generate/fetch-change.js'
import { fetchHostDrafts } from './generate/fetch-host.js'
import { fetchTopDrafts } from './generate/fetch-tops.js'
import { guestMemfdDrafts } from './generate/guest-memfd.js'
import { hostRightsDrafts } from './generate/host-rights.js'
import { kernelDrafts } from './generate/kernels.js'
import { mmioDrafts } from './generate/mmio.js'
import { ownSlotDrafts } from './generate/own-slots.js'
import { relationDrafts, replaceOneByOne } from './generate/relations.js'
import { setErrorDrafts } from './generate/set-errors.js'
import { shapeDrafts } from './generate/shapes.js'
import { transitionDrafts } from './generate/transitions.js'
import { GUEST_FAMILIES } from './guest/families.js'

/** A family whose cases are frozen one by one: where its expectations come from, and its cases. */
export interface Family {
  readonly cites: readonly string[]
  readonly drafts: () => Iterable<Draft>
}

/** The families: the name is that of the frozen file and begins the id of its cases. */
export const FAMILIES: Readonly<Record<string, Family>> = {
  relations: {
    cites: ['kvm_main.c: kvm_set_memory_region', 'SEMANTICS 2'],
    drafts: function* () {
      yield* relationDrafts()
      yield* replaceOneByOne()
    },
  },
  'set-errors': { cites: ['kvm_main.c: kvm_set_memory_region'], drafts: setErrorDrafts },
  kernels: { cites: ['real-kvm.md, KVM_SET_USER_MEMORY_REGION'], drafts: kernelDrafts },
  'guest-memfd': {
    cites: ['guest_memfd.c: kvm_gmem_bind', 'real-kvm.md, guest_memfd'],
    drafts: guestMemfdDrafts,
  },
  'own-slots': {
    cites: ['x86.c: __x86_set_memory_region, kvm_vm_ioctl_set_tss_addr', 'vmx.c: vmx_vcpu_create'],
    drafts: ownSlotDrafts,
  },
  'calls-only': { cites: ['kvm_main.c: kvm_set_memory_region', 'real-kvm 3'], drafts: callsOnlyDrafts },
  'batch-errors': { cites: ['SEMANTICS 2: validation'], drafts: batchErrorDrafts },
  dirty: {
    cites: ['kvm_main.c: kvm_get_dirty_log_protect, kvm_clear_dirty_log_protect'],
    drafts: dirtyDrafts,
  },
  constants: {
    cites: ['kvm_main.c', 'SEMANTICS 2: validation'],
    drafts: constantDrafts,
  },
  shapes: { cites: ['SEMANTICS 2: page classes, dirty logs'], drafts: shapeDrafts },
  accesses: { cites: ['SEMANTICS 1: access', 'SEMANTICS 5'], drafts: accessDrafts },
  'fetch-path': { cites: ['x86-fetch.md 1-6', 'SEMANTICS 5'], drafts: fetchDrafts },
  'fetch-change': {
    cites: ['SEMANTICS 2: fetch-atomic', 'SEMANTICS 3', 'real-kvm 6'],
    drafts: fetchChangeDrafts,
  },
  'fetch-host': { cites: ['x86-fetch.md 3.2, 4.2, 4.3'], drafts: fetchHostDrafts },
  'fetch-tops': {
    cites: ['svm.c: svm_cache_reg', 'x86.c: load_pdptrs', 'x86-fetch.md 2.2'],
    drafts: fetchTopDrafts,
  },
  mmio: {
    cites: [
      'x86.c: emulator_read_write, complete_emulated_mmio, emulator_cmpxchg_emulated (6.12)',
      'SEMANTICS 1: access',
    ],
    drafts: mmioDrafts,
  },
  'host-rights': { cites: ['x86-fetch.md 4.2', 'SEMANTICS 1: slot'], drafts: hostRightsDrafts },
  transitions: { cites: ['SEMANTICS 2'], drafts: transitionDrafts },
}

/** The families too large for that: of them only digests are frozen. */
export const EXHAUSTIVE: readonly Exhaustive[] = [...FETCH_FAMILIES, ...GUEST_FAMILIES]
