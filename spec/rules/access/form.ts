import { type Citation, type Premise, type Rule, rule } from '../../rewrite/index.js'
import type { Cells } from '../../terms/cells.js'
import { exitsOf, type MmioExit } from '../../terms/mmio.js'
import { addressOf } from '../../terms/numbers.js'
import type { PhysicalAccess } from '../../terms/operation.js'
import { type AccessEnd, type Errno, ended } from '../../terms/result.js'
import { answer } from '../answer.js'
import { linux, observed, semantics } from '../cite.js'
import { sizeOf } from './bytes.js'
import { type Accessing, vcpuExists } from './target.js'

type Op = PhysicalAccess['op']

const fault = linux('arch/x86/kvm/mmu/mmu.c', 'kvm_mmu_faultin_pfn')
const walker = linux('arch/x86/kvm/mmu/paging_tmpl.h', 'walk_addr_generic')

/** Where KVM does each, and where it was seen; accesses of the kernel's own were not observed. */
const SEEN: Readonly<Record<Op, readonly Citation[]>> = {
  read: [fault, observed('Data')],
  fetch: [fault, observed('Fetch from a hole')],
  write: [fault, observed('Data'), observed('Dirty log')],
  rmw: [fault, observed('Data'), observed('Dirty log')],
  walk: [walker, observed('Page tables')],
  'ad-update': [walker, observed('Page tables'), observed('Dirty log')],
  'kernel-access': [
    linux(
      'virt/kvm/kvm_main.c',
      'kvm_read_guest, kvm_write_guest, __kvm_gfn_to_hva_cache_init, __gfn_to_hva_many',
    ),
  ],
}

/** The rule of an access that KVM makes, or the processor. */
export const access = (
  id: string,
  op: Op,
  says: string,
  when: readonly Premise<Accessing>[],
  rewrite: (cells: Accessing) => Cells,
): Rule<Cells> =>
  rule<Cells, Accessing>({
    id,
    kind: 'access',
    says,
    cites: [...SEEN[op], semantics('Access')],
    match: { call: { op } },
    when: op === 'kernel-access' ? when : [vcpuExists, ...when],
    rewrite,
  })

/** What KVM's emulator does with a page that the host denies. */
export const emulated = (
  id: string,
  op: 'read' | 'fetch' | 'write' | 'rmw',
  says: string,
  when: readonly Premise<Accessing>[],
  rewrite: (cells: Accessing) => Cells,
): Rule<Cells> =>
  rule<Cells, Accessing>({
    id,
    kind: 'access',
    says,
    cites: [
      linux('arch/x86/kvm/x86.c', op === 'fetch' ? 'kvm_fetch_guest_virt' : 'emulator_read_write_onepage'),
      observed('Host pages'),
    ],
    match: { call: { op } },
    when: [vcpuExists, ...when],
    rewrite,
  })

/** It ends like this, and nothing else is said of it. */
export const end =
  (how: AccessEnd, errno: Errno | null = null) =>
  (cells: Accessing) =>
    answer(cells, ended(how, null, errno))

const gpaOf = ({ call }: Accessing): bigint => addressOf(call.gfn) + BigInt(call.offset)
/** The exits to load what is asked for. */
export const readExits = (cells: Accessing): readonly MmioExit[] => exitsOf(gpaOf(cells), sizeOf(cells))
/** The exits to store what is given. */
export const writeExits = (cells: Accessing): readonly MmioExit[] => {
  const { call } = cells
  return exitsOf(gpaOf(cells), sizeOf(cells), 'data' in call ? call.data : undefined)
}
/** It ends as MMIO, with these exits. */
export const mmio =
  (...exits: readonly ((cells: Accessing) => readonly MmioExit[])[]) =>
  (cells: Accessing): Cells =>
    answer(cells, ended('mmio', null, null, { mmio: exits.flatMap(of => of(cells)) }))

/** Accesses of vCPUs. */
export const ofVcpu = ['read', 'fetch', 'walk', 'write', 'rmw', 'ad-update'] as const
