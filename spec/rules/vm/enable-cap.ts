import { not, type Premise, premise, type Rule, rule } from '../../rewrite/index.js'
import type { Calling, Cells, ManualProtect } from '../../terms/cells.js'
import type { EnableCapCall } from '../../terms/operation.js'
import type { Errno } from '../../terms/result.js'
import { refuse, succeed } from '../answer.js'
import { linux, observed } from '../cite.js'

type Enabling = Calling<EnableCapCall>
const manual = { call: { op: 'enable-cap', cap: 'manual-dirty-log-protect2' } } as const
const ring = { call: { op: 'enable-cap', cap: 'dirty-log-ring' } } as const

const arg = ({ call }: Enabling): bigint => call.args[0] ?? 0n
/** The kernel takes a ring's size as 32 bits; higher bits are ignored. */
const ringBytes = (cells: Enabling): bigint => BigInt.asUintN(32, arg(cells))
const shown = (cells: Enabling) => ({ flags: cells.call.flags, arg: arg(cells) })

/** Entries of a ring are 16 bytes. It holds at least a page of them and the reserved ones, and at most 65536. */
const ENTRY = 16n
const PAGE = 4096n
const MAX_RING = 65536n * ENTRY
const minRing = ({ params }: Enabling): bigint => {
  const reserved = BigInt(params.ringReserved) * ENTRY
  return reserved > PAGE ? reserved : PAGE
}

const noFlags: Premise<Enabling> = premise(
  'no-flags',
  { holds: 'the flags are zero', fails: 'the flags are not zero' },
  ({ call }) => call.flags === 0,
  shown,
)
const protectModeKnown: Premise<Enabling> = premise(
  'mode-known',
  {
    holds: 'the mode is 0, 1 or 3: initially-all-set goes with protection only',
    fails: 'the mode is not 0, 1 or 3',
  },
  cells => [0n, 1n, 3n].includes(arg(cells)),
  shown,
)
const ringSizeLegal: Premise<Enabling> = premise(
  'ring-size-legal',
  {
    holds: 'the size is a power of two, and at least a page and the reserved entries',
    fails: 'the size is not a power of two, or less than a page or than the reserved entries',
  },
  cells => ringBytes(cells) >= minRing(cells) && (ringBytes(cells) & (ringBytes(cells) - 1n)) === 0n,
  cells => ({ ...shown(cells), least: minRing(cells) }),
)
const ringSizeWithinLimit: Premise<Enabling> = premise(
  'ring-size-within-limit',
  { holds: 'the size is at most 65536 entries', fails: 'the size is more than 65536 entries' },
  cells => ringBytes(cells) <= MAX_RING,
  shown,
)
const noRingYet: Premise<Enabling> = premise(
  'no-ring-yet',
  { holds: 'no ring has been set', fails: 'a ring has been set' },
  ({ ring }) => !ring,
)
const noVcpuYet: Premise<Enabling> = premise(
  'no-vcpu-yet',
  { holds: 'no vCPU has been created', fails: 'a vCPU has been created' },
  ({ vcpus }) => vcpus.length === 0,
  ({ vcpus }) => ({ vcpus: vcpus.length }),
)

const ringChecks = [ringSizeLegal, ringSizeWithinLimit, noRingYet, noVcpuYet]
const protectChecks = [noFlags, protectModeKnown]

const ofRing = [linux('virt/kvm/kvm_main.c', 'kvm_vm_ioctl_enable_dirty_log_ring'), observed('Dirty ring')]
const ofProtect = [
  linux('virt/kvm/kvm_main.c', 'kvm_vm_ioctl_enable_cap_generic'),
  observed('Enabling manual protect'),
]

const refusal = (
  id: string,
  says: string,
  errno: Errno,
  match: typeof manual | typeof ring,
  checks: readonly Premise<Enabling>[],
  check: Premise<Enabling>,
): Rule<Cells> =>
  rule<Cells, Enabling>({
    id,
    kind: 'call fails',
    says,
    cites: match === ring ? ofRing : ofProtect,
    match,
    after: checks.slice(0, checks.indexOf(check)),
    when: [not(check)],
    rewrite: cells => refuse(cells, errno),
  })

export const enableCapRules: readonly Rule<Cells>[] = [
  refusal('protect.flags', 'The capability takes no flags.', 'EINVAL', manual, protectChecks, noFlags),
  refusal(
    'protect.mode',
    'Initially-all-set alone, or an unknown bit, is no mode.',
    'EINVAL',
    manual,
    protectChecks,
    protectModeKnown,
  ),
  rule<Cells, Enabling>({
    id: 'protect.enable',
    kind: 'call succeeds',
    says: 'The mode can be changed at any time; bitmaps that exist keep their bits.',
    cites: ofProtect,
    match: manual,
    when: protectChecks,
    rewrite: cells => succeed({ ...cells, protect: Number(arg(cells)) as ManualProtect }), // mode-known
  }),
  refusal(
    'ring.size',
    'A ring’s size is a power of two, and no less than a page or the reserved entries: 64, and 512 more with PML.',
    'EINVAL',
    ring,
    ringChecks,
    ringSizeLegal,
  ),
  refusal(
    'ring.too-large',
    'A ring has at most 65536 entries.',
    'E2BIG',
    ring,
    ringChecks,
    ringSizeWithinLimit,
  ),
  refusal('ring.twice', 'A ring’s size is set once.', 'EINVAL', ring, ringChecks, noRingYet),
  refusal(
    'ring.after-vcpu',
    'A ring must be set before the first vCPU.',
    'EINVAL',
    ring,
    ringChecks,
    noVcpuYet,
  ),
  rule<Cells, Enabling>({
    id: 'ring.enable',
    kind: 'call succeeds',
    says: 'From now on no slot gets a bitmap, and GET and CLEAR fail with ENXIO.',
    cites: ofRing,
    match: ring,
    when: ringChecks,
    rewrite: cells => succeed({ ...cells, ring: true }),
    notes: { omits: 'What the ring holds: it is outside this specification.' },
  }),
]
