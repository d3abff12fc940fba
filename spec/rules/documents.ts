import type { Citation } from '../rewrite/index.js'

/** Headings of `docs/semantics.md` that rules cite. */
export const SEMANTICS = [
  'Slot',
  'Internal slot',
  'Set',
  'Dirty log',
  'Access',
  'vCPU',
  'Retry',
  'Nothing fails late',
  'Turns',
  'Validation',
  'Stage 1: header',
  'Stage 2: each entry',
  'Stage 3: the final set',
  'Stage 4: room for the result',
  'Page classes',
  'Phases',
  'What a vCPU may observe',
  'Fetch-atomic',
  'Dirty logs',
  'Retired bits',
  'Since',
  '3. One slot at a time',
  'guest_memfd',
  'Types of VMs',
  'Architectures',
  'What INVALID does',
  'Fetches between two swaps',
  '4. The designs of the thread, side by side',
  'Plans',
  'Properties',
  '5. The fetch path',
  'Registers',
  'SMI and RSM',
] as const

/** Headings of `docs/evidence/real-kvm.md` that rules cite. */
export const OBSERVED = [
  'KVM_SET_USER_MEMORY_REGION',
  'A region set again as it is',
  'guest_memfd',
  'Host pages',
  'Dirty log',
  'LOG at creation',
  'MOVE with LOG',
  'GET',
  'GET into a bitmap that faults',
  'Manual protect',
  'Enabling manual protect',
  'CLEAR',
  'Dirty ring',
  'Fetch from a hole',
  'Data',
  'Data that crosses a page',
  'Data in an RO slot',
  'Page tables',
  'The root in a hole',
  'The race',
  'SMM and address space 1',
  'INVALID on three kernels',
] as const

/** Headings of `docs/evidence/kernel-batch.md` that designs cite. */
export const BUILT = ['Three schemes', 'What `gate` keeps of the semantics'] as const

export interface Mail {
  readonly sender: string
  readonly date: string
  readonly subject: string
  readonly messageId: string
}

const LISTENER = 'Re: [RFC PATCH 2/2] kvm/kvm-all.c: listener should delay kvm_vm_ioctl to the commit phase'

/** Mails that rules and designs cite. `docs/evidence/thread.md` lists them. */
export const MAILS = {
  'Peter Xu 2022-08-18': {
    sender: 'Peter Xu',
    date: '18 August 2022',
    subject: LISTENER,
    messageId: 'Yv6baJoNikyuZ38R@xz-m1.local',
  },
  'Peter Xu 2022-08-22': {
    sender: 'Peter Xu',
    date: '22 August 2022',
    subject: LISTENER,
    messageId: 'YwOOcC72KKABKgU+@xz-m1.local',
  },
  'Esposito 2022-09-09': {
    sender: 'Emanuele Giuseppe Esposito',
    date: '9 September 2022',
    subject: '[RFC PATCH 0/9] kvm: implement atomic memslot updates',
    messageId: '20220909104506.738478-1-eesposit@redhat.com',
  },
  'Paolo 2022-09-28, on patch 9': {
    sender: 'Paolo Bonzini',
    date: '28 September 2022',
    subject: 'Re: [RFC PATCH 9/9] kvm_main.c: handle atomic memslot update',
    messageId: '2f80a561-a338-cdb3-e641-d8803b859ce0@redhat.com',
  },
  'Sean 2022-09-27': {
    sender: 'Sean Christopherson',
    date: '27 September 2022',
    subject: 'Re: [RFC PATCH 0/9] kvm: implement atomic memslot updates',
    messageId: 'YzMdjSkKaJ8HyWXh@google.com',
  },
  'Sean 2022-09-28': {
    sender: 'Sean Christopherson',
    date: '28 September 2022',
    subject: 'Re: [RFC PATCH 0/9] kvm: implement atomic memslot updates',
    messageId: 'YzSxhHzgNKHL3Cvm@google.com',
  },
  'Sean 2022-09-28, on the address': {
    sender: 'Sean Christopherson',
    date: '28 September 2022',
    subject: 'Re: [RFC PATCH 0/9] kvm: implement atomic memslot updates',
    messageId: 'YzRvMZDoukMbeaxR@google.com',
  },
  'Paolo 2022-09-29': {
    sender: 'Paolo Bonzini',
    date: '29 September 2022',
    subject: 'Re: [RFC PATCH 0/9] kvm: implement atomic memslot updates',
    messageId: '5a352ff5-5d37-e92d-3d4b-c70a5d11c41b@redhat.com',
  },
  'David 2022-10-13': {
    sender: 'David Hildenbrand',
    date: '13 October 2022',
    subject: 'Re: [RFC PATCH 0/9] kvm: implement atomic memslot updates',
    messageId: 'a412085f-9391-8a4c-916c-513c800c35b1@redhat.com',
  },
  'David 2023-01-10': {
    sender: 'David Hildenbrand',
    date: '10 January 2023',
    subject: '[PULL 05/29] kvm: Atomic memslot updates',
    messageId: '20230110160233.339771-6-pbonzini@redhat.com',
  },
  'Sean 2022-09-29': {
    sender: 'Sean Christopherson',
    date: '29 September 2022',
    subject: 'Re: [RFC PATCH 0/9] kvm: implement atomic memslot updates',
    messageId: 'YzYQe2Lc+l2KpLBl@google.com',
  },
} as const satisfies Readonly<Record<string, Mail>>

const FETCH_PATH = '6.16.1'
const REGIONS = 'torvalds/linux 01f492e1817e (merge window of 7.1)'
const OF_X86 = 'kvm-x86/linux 042007c262e5'
const FAULTS = 'kvm-x86/linux 1a27afa0511e'
const RING = '6.18.38'
const EMULATED = '6.12'
const MEMFD =
  '6.12 (gregkh/linux 08adc31ec7ad), 7.1 (torvalds/linux 01f492e1817e), 7.2 (kvm-x86/linux 5e38e1bd4e7b)'
const OWN = '5.7 to 6.19, in patches'
const VECTORING = '6.12 and 6.14, by the patches between them'

/** Each of these names, read at one version. */
const at = <N extends string>(version: string, ...names: readonly N[]) =>
  Object.fromEntries(names.map(name => [name, version])) as Readonly<Record<N, string>>

/**
 * What rules cite of Linux: by file the functions, each with the version that it was read at. A function that is not here cannot
 * be cited. `docs/evidence/README.md` lists them.
 */
export const READ_AT = {
  'virt/kvm/kvm_main.c': {
    ...at(
      REGIONS,
      'kvm_vm_ioctl',
      'kvm_vm_ioctl_set_memory_region',
      'check_memory_region_flags',
      'kvm_set_memory_region',
      'kvm_check_memslot_overlap',
      'kvm_set_memslot',
      'kvm_prepare_memory_region',
      'kvm_commit_memory_region',
      'kvm_create_memslot',
      'kvm_delete_memslot',
      'kvm_move_memslot',
      'kvm_update_flags_memslot',
      'kvm_invalidate_memslot',
      'kvm_swap_active_memslots',
      'kvm_get_dirty_log_protect',
      'kvm_clear_dirty_log_protect',
      'kvm_vm_ioctl_enable_cap_generic',
      'kvm_handle_hva_range',
      'kvm_mmu_notifier_invalidate_range_start',
      'hva_to_pfn',
      'kvm_follow_pfn',
      'kvm_read_guest',
      'kvm_write_guest',
      '__kvm_gfn_to_hva_cache_init',
    ),
    ...at(FETCH_PATH, '__gfn_to_hva_many', 'kvm_vcpu_is_visible_gfn'),
    ...at(RING, 'kvm_vm_ioctl_enable_dirty_log_ring'),
  },
  'virt/kvm/guest_memfd.c': at(MEMFD, 'kvm_gmem_create', 'kvm_gmem_bind'),
  'include/linux/kvm_host.h': at(REGIONS, 'search_memslots'),
  'arch/x86/kvm/x86.c': {
    ...at(OF_X86, '__x86_set_memory_region', 'kvm_arch_prepare_memory_region', 'kvm_alloc_memslot_metadata'),
    ...at(OWN, 'kvm_vm_ioctl_set_tss_addr'),
    ...at(EMULATED, 'complete_emulated_mmio'),
    ...at(
      FETCH_PATH,
      'emulator_cmpxchg_emulated',
      'emulator_read_write',
      'emulator_read_write_onepage',
      'handle_emulation_failure',
      'kvm_fetch_guest_virt',
      'kvm_is_valid_sregs',
      'load_pdptrs',
      'x86_emulate_instruction',
    ),
  },
  'arch/x86/kvm/mmu/mmu.c': {
    ...at(FAULTS, 'kvm_mmu_faultin_pfn', 'kvm_handle_noslot_fault', 'kvm_handle_error_pfn'),
    ...at(FETCH_PATH, 'kvm_mmu_page_fault', 'mmu_alloc_shadow_roots'),
  },
  'arch/x86/kvm/mmu/paging_tmpl.h': at(FETCH_PATH, 'walk_addr_generic'),
  'arch/x86/kvm/emulate.c': {
    ...at(FETCH_PATH, '__do_insn_fetch_bytes', '__linearize', 'em_rsm'),
    ...at(EMULATED, 'segmented_cmpxchg', 'x86_emulate_insn'),
  },
  'arch/x86/kvm/smm.c': at(FETCH_PATH, 'enter_smm', 'emulator_leave_smm'),
  'arch/x86/kvm/svm/svm.c': {
    ...at(FETCH_PATH, 'svm_cache_reg'),
    ...at(VECTORING, 'svm_check_emulate_instruction'),
  },
  'arch/x86/kvm/vmx/vmx.c': {
    ...at(VECTORING, '__vmx_handle_exit', 'vmx_check_emulate_instruction'),
    ...at(OWN, 'vmx_set_tss_addr', 'vmx_vcpu_create', 'init_rmode_identity_map'),
  },
  'arch/x86/kvm/lapic.c': at(OWN, 'kvm_alloc_apic_access_page'),
  'arch/arm64/kvm/mmu.c': {
    ...at('6.18, in the patches of guest_memfd on arm64', 'kvm_arch_prepare_memory_region'),
    ...at('about 5.8, in patches of 2018 to 2020', 'kvm_handle_guest_abort'),
  },
  'Documentation/virt/kvm/api.rst': at(REGIONS, '4.8 KVM_GET_DIRTY_LOG', '4.35 KVM_SET_USER_MEMORY_REGION'),
} as const satisfies Readonly<Record<string, Readonly<Record<string, string>>>>

/** The versions of a file that were read, each with its functions. */
export const versionsOf = (
  file: keyof typeof READ_AT,
): readonly { readonly version: string; readonly names: readonly string[] }[] => {
  const entries = Object.entries(READ_AT[file])
  return [...new Set(entries.map(([, version]) => version))].map(version => ({
    version,
    names: entries.filter(([, of]) => of === version).map(([name]) => name),
  }))
}

/** Sections of `Documentation/virt/kvm/api.rst`, by number. */
export const DOCUMENTED = {
  '4.8': 'KVM_GET_DIRTY_LOG',
  '4.35': 'KVM_SET_USER_MEMORY_REGION',
} as const

/** What a citation names: a section in this repository, a mail, or a place in Linux. */
export type Place =
  | { readonly kind: 'section'; readonly path: string; readonly anchor: string }
  | { readonly kind: 'mail'; readonly mail: Mail; readonly path: string; readonly anchor: string }
  | {
      readonly kind: 'linux'
      readonly file: string
      readonly names: readonly string[]
      readonly readAt: string
    }

export const SOURCE = {
  semantics: 'docs/semantics.md',
  observed: 'observed on real kernels',
  built: 'a kernel with a batch',
  thread: 'thread',
  linux: 'linux ',
} as const

export const mailText = ({ sender, date, subject }: Mail): string => `${sender}, ${date}, “${subject}”`

const lookUp = <T>(table: Readonly<Record<string, T>>, key: string): T | null =>
  Object.hasOwn(table, key) ? (table[key] ?? null) : null

/** The anchor that a page of Markdown gives a heading: letters, digits, `_` and `-`, and `-` for each space. */
export const anchorOf = (heading: string): string =>
  heading
    .toLowerCase()
    .replace(/[^\p{L}\p{N}_ -]/gu, '')
    .replaceAll(' ', '-')

const section = (path: string, headings: readonly string[], at: string): Place | null =>
  headings.includes(at) ? { kind: 'section', path, anchor: anchorOf(at) } : null

const mailNamed = (at: string): Place | null => {
  const mail = Object.values(MAILS).find(one => mailText(one) === at)
  if (mail === undefined) return null
  return { kind: 'mail', mail, path: 'docs/evidence/thread.md', anchor: 'the-mails-that-rules-cite' }
}

/** Null for a file, or a function of it, that has no version: nobody knows what was read. */
const inLinux = (file: string, at: string): Place | null => {
  const known = lookUp<Readonly<Record<string, string>>>(READ_AT, file)
  if (known === null) return null
  const names = at.split(', ')
  const versions = names.map(name => lookUp(known, name))
  if (versions.some(version => version === null)) return null
  const [first] = versions
  const readAt = versions.every(version => version === first)
    ? String(first)
    : names.map((name, i) => `${name}: ${versions[i]}`).join('; ')
  return { kind: 'linux', file, names, readAt }
}

/** Where to open what a citation names; null for one that names nothing known. */
export const placeOf = ({ source, at }: Citation): Place | null => {
  switch (source) {
    case SOURCE.semantics:
      return section(SOURCE.semantics, SEMANTICS, at)
    case SOURCE.observed:
      return section('docs/evidence/real-kvm.md', OBSERVED, at)
    case SOURCE.built:
      return section('docs/evidence/kernel-batch.md', BUILT, at)
    case SOURCE.thread:
      return mailNamed(at)
    default:
      return source.startsWith(SOURCE.linux) ? inLinux(source.slice(SOURCE.linux.length), at) : null
  }
}
