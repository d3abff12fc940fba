import { type Config, parametersOf } from '../../oracle/wire/config.js'
import { MAX_SLOT_PAGES } from '../../spec/terms/numbers.js'
import {
  type Between,
  betweenOf,
  isPhysical,
  type Operation,
  type SetCall,
} from '../../spec/terms/operation.js'
import { GUEST_MEMFD } from '../../spec/terms/slot.js'

/** The features a target may claim in its `hello`, and what each claim means. */
export const FEATURES = {
  set: 'one slot at a time: create, delete, move, flags (KVM_SET_USER_MEMORY_REGION)',
  batch: 'a batch of changes in one call (docs/semantics.md, section 2)',
  profile: 'the target can behave as Linux does today, without the batch (profile linux)',
  'dirty-log': 'KVM_GET_DIRTY_LOG, KVM_CLEAR_DIRTY_LOG and the manual protect capability',
  'dirty-ring': 'KVM_CAP_DIRTY_LOG_RING, in so far as it takes the bitmaps away',
  generation: 'answers carry the generation of the space, and CLEAR may carry one',
  spaces: 'more than one address space',
  internal:
    'internal slots can be created on demand, and by the calls that create them (set-tss-addr, ownSlots)',
  kernels: 'the kernel whose answers a VM gives can be chosen in the configuration',
  region2: 'KVM_SET_USER_MEMORY_REGION2',
  gmem: 'a VM can be given guest_memfd (guestMemfd), files of it can be made, and slots are backed by them',
  limits:
    'the limits of a VM (maxGfn, slot limit, read-only memory, reserved ring entries, entries of a batch, architecture, type) can be chosen, and that it has no guest_memfd',
  vcpu: 'vCPUs that read, write and fetch guest memory',
  smm: 'vCPUs can enter and leave SMM',
  'kernel-access': 'accesses of the hypervisor itself can be asked for',
  walk: 'page-table reads and A/D updates can be asked for one by one',
  'fetch-path':
    'vCPUs have registers, and addresses are translated through the guest’s tables (registers, fetch-instruction, translate, read-virtual, write-virtual)',
  'hardware-fetch': 'what the processor itself does is told apart from KVM’s emulator (by: "hardware")',
  'protection-keys': 'vCPUs have PKRU, and CR4.PKE puts it in use',
  mmio: 'what the VMM answers to MMIO reads can be chosen, and data can be exchanged at a linear address (rmw-virtual)',
  'lookup-points': 'a change of slots can be made in the middle of an access, between two of its look-ups',
  'fetch-profile':
    'the walker, the second stage, the vendor of the processor and the exit on emulation failure can be chosen in the configuration',
  lookup: 'the slot behind a frame can be asked for',
  'hva-range': 'the frames behind a host range can be asked for',
  poke: 'the host can write guest memory',
  'host-protect': 'the host can take from its pages the rights to read or to write them (mprotect)',
  stranger: 'a call can be made from another process',
  'bad-pointer': 'a call can be made with pointers that fault',
  'fail-allocation': 'an allocation can be made to fail',
  threads: 'threads of a program run at the same time (schedule: "concurrent")',
  steps: 'threads can be stopped at points of an update and of an access (schedule items with until)',
  'huge-slots': 'slots of more than 16 GiB cost no memory to speak of',
} as const
export type Feature = keyof typeof FEATURES

/** The kernel allocates metadata by the page, so that slots up to the largest it takes cost gigabytes. */
const isHuge = (size: bigint): boolean => size > 1n << 34n && size >> 12n <= MAX_SLOT_PAGES

/** Parameters of a VM that only targets with the feature `limits` let choose. */
export const LIMITS = [
  'maxGfn',
  'beyondMaxGfn',
  'failedFetch',
  'slotLimit',
  'hvaLimit',
  'readonlyMem',
  'ringReserved',
  'maxEntries',
] as const

/** The same, and what names several of them at once. */
const NAMED = [...LIMITS, 'arch', 'vmType'] as const

const PROFILE = ['walker', 'secondStage', 'vendor', 'exitOnEmulationFailure'] as const

const ofMishaps = (o: Operation): readonly Feature[] => [
  ...('caller' in o ? (['stranger'] as const) : []),
  ...('argument' in o || 'bitmap' in o || 'result' in o ? (['bad-pointer'] as const) : []),
  ...('allocation' in o ? (['fail-allocation'] as const) : []),
]

/** Features without which no operation of a kind can be asked. */
export const FEATURES_OF_KIND: Readonly<Record<Operation['op'], readonly Feature[]>> = {
  set: ['set'],
  batch: ['batch'],
  'get-dirty': ['dirty-log'],
  'clear-dirty': ['dirty-log'],
  'enable-cap': ['dirty-log'],
  'internal-slot': ['internal'],
  'set-tss-addr': ['internal'],
  'create-guest-memfd': ['gmem'],
  'create-vcpu': ['vcpu'],
  'set-vcpu': ['vcpu', 'smm'],
  'enter-smm': ['vcpu', 'smm'],
  rsm: ['vcpu', 'smm'],
  lookup: ['lookup'],
  'hva-range': ['hva-range'],
  'host-protect': ['host-protect'],
  poke: ['poke'],
  read: ['vcpu'],
  fetch: ['vcpu'],
  write: ['vcpu'],
  rmw: ['vcpu'],
  walk: ['vcpu', 'walk'],
  'ad-update': ['vcpu', 'walk'],
  'kernel-access': ['kernel-access'],
  registers: ['vcpu', 'fetch-path'],
  'fetch-instruction': ['vcpu', 'fetch-path'],
  translate: ['vcpu', 'fetch-path'],
  'read-virtual': ['vcpu', 'fetch-path'],
  'write-virtual': ['vcpu', 'fetch-path'],
  'rmw-virtual': ['vcpu', 'fetch-path', 'mmio'],
}

const ofSet = ({ ioctl, flags, size, memfd }: SetCall): readonly Feature[] => [
  ...(ioctl === 2 ? (['region2'] as const) : []),
  ...(memfd !== undefined || (ioctl === 2 && (flags & GUEST_MEMFD) !== 0) ? (['gmem'] as const) : []),
  ...(isHuge(size) ? (['huge-slots'] as const) : []),
]

/** What an access needs where slots change in its middle. */
const ofChange = ({ operation }: Between, config: Config): readonly Feature[] => [
  'lookup-points',
  ...(config.profile === 'linux' ? (['profile'] as const) : []),
  ...ofOperation(operation, config),
]

/** What an access needs that says who makes it. By frame either may be told apart; by linear address the emulator is meant where nothing is said. */
const ofMaker = (o: Operation): readonly Feature[] => {
  const told = 'by' in o && o.by !== undefined && (o.by === 'hardware' || isPhysical(o))
  return told ? ['hardware-fetch'] : []
}

const ofOperation = (o: Operation, config: Config): readonly Feature[] => {
  const between = betweenOf(o)
  return [...ofCall(o, config), ...ofMaker(o), ...(between === undefined ? [] : ofChange(between, config))]
}

const ofCall = (o: Operation, config: Config): readonly Feature[] => {
  const ofKind = FEATURES_OF_KIND[o.op]
  switch (o.op) {
    case 'set':
      return [...ofKind, ...ofSet(o)]
    case 'batch':
      return config.profile === 'linux' ? ['profile'] : ofKind
    case 'create-guest-memfd':
      return config.guestMemfd === true ? ofKind : [...ofKind, 'limits']
    case 'clear-dirty':
      return o.generation === undefined ? ofKind : [...ofKind, 'generation']
    case 'enable-cap':
      return o.cap === 'dirty-log-ring' ? ['dirty-ring'] : ofKind
    case 'enter-smm':
      return o.smbase === undefined ? ofKind : [...ofKind, 'fetch-path']
    case 'registers':
      return o.pkru === undefined ? ofKind : [...ofKind, 'protection-keys']
    case 'read-virtual':
      return o.device === undefined ? ofKind : [...ofKind, 'mmio']
    default:
      return ofKind
  }
}

/**
 * The features a target must claim to be asked a program, in alphabetical order.
 *
 * @example
 * featuresOf({}, [{ op: 'get-dirty', as: 1, id: 0 }]) // ['dirty-log', 'spaces']
 */
export const featuresOf = (config: Config, operations: readonly Operation[]): readonly Feature[] => {
  const needed = new Set<Feature>()
  const { spaces } = parametersOf(config)
  if (operations.some(o => 'as' in o && o.as > 0 && o.as < spaces)) needed.add('spaces')
  if (NAMED.some(limit => config[limit] !== undefined)) needed.add('limits')
  if (config.ownSlots !== undefined || config.identityMap !== undefined) needed.add('internal')
  if (config.guestMemfd === true) needed.add('gmem')
  if (config.invalid !== undefined) needed.add('profile')
  if (PROFILE.some(name => config[name] !== undefined)) needed.add('fetch-profile')
  for (const o of operations)
    for (const feature of [...ofOperation(o, config), ...ofMishaps(o)]) needed.add(feature)
  return [...needed].sort()
}
