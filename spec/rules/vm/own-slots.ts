import { not, type Premise, premise, type Rule, rule } from '../../rewrite/index.js'
import type { Calling, Cells } from '../../terms/cells.js'
import { isPageAligned, pageOf, TWO_TO_64 } from '../../terms/numbers.js'
import type { CreateVcpuCall, SetTssAddrCall } from '../../terms/operation.js'
import { type OwnRegion, type OwnSlot, ownRegion } from '../../terms/own-slots.js'
import type { Errno } from '../../terms/result.js'
import { overlaps } from '../../terms/slot.js'
import { slotById } from '../../terms/space.js'
import { refuse, succeed } from '../answer.js'
import { linux, semantics } from '../cite.js'
import { withSlotEverywhere } from './internal-slot.js'

const X86 = 'arch/x86/kvm/x86.c'
const VMX = 'arch/x86/kvm/vmx/vmx.c'

const isThere = ({ spaces }: Cells, { id }: OwnRegion): boolean =>
  spaces.some(space => slotById(space, id) !== null)

/** Why a slot of KVM's own cannot be made; null where it can (`__x86_set_memory_region`, `kvm_set_memory_region`). */
const whyNot = (cells: Cells, region: OwnRegion): Errno | null => {
  const { gpa, size } = region
  const { params, spaces } = cells
  if (isThere(cells, region)) return 'EEXIST'
  if (!isPageAligned(gpa) || gpa + size >= TWO_TO_64) return 'EINVAL'
  const range = { base: pageOf(gpa), npages: pageOf(size) }
  if (spaces.some(space => space.slots.some(slot => overlaps(slot, range)))) return 'EEXIST'
  return range.base + range.npages - 1 > params.maxGfn ? params.beyondMaxGfn : null
}

type OfTss = Calling<SetTssAddrCall>
const settingTss = { call: { op: 'set-tss-addr' } } as const
const tssOf = ({ call, params }: OfTss): OwnRegion => ownRegion('tss', params, call.addr)

/** The highest address: three pages below 4 GiB. */
const MAX_TSS = 0xffffd000n
const tssBelow4G: Premise<OfTss> = premise(
  'tss-below-4-gib',
  { holds: 'the TSS ends below 4 GiB', fails: 'the TSS would end beyond 4 GiB' },
  ({ call }) => call.addr <= MAX_TSS,
  ({ call }) => ({ addr: call.addr }),
)
const tssIsNeeded: Premise<OfTss> = premise(
  'tss-needed',
  { holds: 'KVM keeps a TSS in a slot of its own', fails: 'KVM keeps no TSS in a slot' },
  ({ params }) => params.ownSlots.includes('tss'),
  ({ params }) => ({ ownSlots: params.ownSlots }),
)
const tssFits: Premise<OfTss> = premise(
  'tss-fits',
  {
    holds: 'the TSS is aligned, and has room in every space',
    fails: 'the TSS is unaligned or there already, or a slot or the last frame is in its way',
  },
  cells => whyNot(cells, tssOf(cells)) === null,
  cells => ({ addr: cells.call.addr, why: whyNot(cells, tssOf(cells)) }),
)

type OfVcpu = Calling<CreateVcpuCall>

/**
 * Whether a slot of KVM's own has to be made with the vCPU: with the first, unless an earlier attempt has left it. One that is deleted
 * later is not made again (`apic_access_memslot_inhibited`).
 */
const isWanted = (cells: Cells, which: OwnSlot): boolean =>
  cells.params.ownSlots.includes(which) &&
  cells.vcpus.length === 0 &&
  !isThere(cells, ownRegion(which, cells.params))

/** The machine with a slot of KVM's own, if it is to have one. */
const withOwn = (cells: Cells, which: OwnSlot): Cells =>
  isWanted(cells, which) ? withSlotEverywhere(cells, ownRegion(which, cells.params)) : cells

/** The machine in which one of them is made: the identity map comes after the APIC access page. */
const before = (cells: Cells, which: 'apic-page' | 'identity-map'): Cells =>
  which === 'identity-map' ? withOwn(cells, 'apic-page') : cells

const fits = (which: 'apic-page' | 'identity-map', name: string): Premise<OfVcpu> =>
  premise(
    `${which}-fits`,
    {
      holds: `KVM makes no slot for the ${name} now, or there is room for it`,
      fails: `KVM makes a slot for the ${name}, and its address is unaligned, or another slot or the last frame is in its way`,
    },
    cells => !isWanted(cells, which) || whyNot(before(cells, which), ownRegion(which, cells.params)) === null,
    ({ params }) => ({ ...ownRegion(which, params), ownSlots: params.ownSlots }),
  )
export const apicPageFits = fits('apic-page', 'APIC access page')
export const identityMapFits = fits('identity-map', 'identity map')

/** The machine with the slots that come with a vCPU. */
export const withOwnSlots = (cells: Cells): Cells => withOwn(withOwn(cells, 'apic-page'), 'identity-map')

/** Refusals of KVM_CREATE_VCPU; `absent`: there is no such vCPU yet. */
export const ownSlotRefusals = (absent: Premise<OfVcpu>): readonly Rule<Cells>[] => [
  rule<Cells, OfVcpu>({
    id: 'vcpu.no-apic-page',
    kind: 'call fails',
    says: 'The first vCPU brings the APIC access page, where KVM keeps one in a slot: what is in its way fails the call.',
    cites: [linux('arch/x86/kvm/lapic.c', 'kvm_alloc_apic_access_page'), semantics('Internal slot')],
    match: { call: { op: 'create-vcpu' } },
    when: [absent, not(apicPageFits)],
    rewrite: cells => refuse(cells, whyNot(cells, ownRegion('apic-page', cells.params)) as Errno), // it does not fit
  }),
  rule<Cells, OfVcpu>({
    id: 'vcpu.no-identity-map',
    kind: 'call fails',
    says: 'The first vCPU brings the identity map after it; if that has no room the call fails, and the APIC access page stays.',
    cites: [linux(VMX, 'vmx_vcpu_create, init_rmode_identity_map'), semantics('Internal slot')],
    match: { call: { op: 'create-vcpu' } },
    after: [apicPageFits],
    when: [absent, not(identityMapFits)],
    rewrite: cells => {
      const left = before(cells, 'identity-map')
      return refuse(left, whyNot(left, ownRegion('identity-map', cells.params)) as Errno) // it does not fit
    },
  }),
]

export const tssRules: readonly Rule<Cells>[] = [
  rule<Cells, OfTss>({
    id: 'tss.too-high',
    kind: 'call fails',
    says: 'The address of the TSS leaves room for three pages below 4 GiB, whether or not KVM needs one.',
    cites: [linux(X86, 'kvm_vm_ioctl_set_tss_addr'), semantics('Internal slot')],
    match: settingTss,
    when: [not(tssBelow4G)],
    rewrite: cells => refuse(cells, 'EINVAL'),
  }),
  rule<Cells, OfTss>({
    id: 'tss.taken',
    kind: 'call fails',
    says: 'The TSS is set once, where nothing is.',
    cites: [
      linux(VMX, 'vmx_set_tss_addr'),
      linux(X86, '__x86_set_memory_region'),
      semantics('Internal slot'),
    ],
    match: settingTss,
    after: [tssBelow4G],
    when: [tssIsNeeded, not(tssFits)],
    rewrite: cells => refuse(cells, whyNot(cells, tssOf(cells)) as Errno), // it does not fit
  }),
  rule<Cells, OfTss>({
    id: 'tss.not-needed',
    kind: 'call succeeds',
    says: 'A processor that runs real mode by itself needs no TSS of KVM’s: the call succeeds and does nothing.',
    cites: [linux(VMX, 'vmx_set_tss_addr'), semantics('Internal slot')],
    match: settingTss,
    when: [tssBelow4G, not(tssIsNeeded)],
    rewrite: cells => succeed(cells),
  }),
  rule<Cells, OfTss>({
    id: 'tss.create',
    kind: 'call succeeds',
    says: 'The TSS is a slot of three pages in every space, by one swap each.',
    cites: [linux(VMX, 'vmx_set_tss_addr'), linux(X86, '__x86_set_memory_region')],
    match: settingTss,
    when: [tssBelow4G, tssIsNeeded, tssFits],
    rewrite: cells => succeed(withSlotEverywhere(cells, tssOf(cells))),
  }),
]
