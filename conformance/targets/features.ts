import type { Config } from '../../oracle/wire/config.js'
import type { Operation } from '../../spec/terms/operation.js'

/** What a target may be able to do, and what it means to claim it. */
export const FEATURES = {
  set: 'one slot at a time: create, delete, move, flags (KVM_SET_USER_MEMORY_REGION)',
  batch: 'a batch of changes in one call (SEMANTICS section 2)',
  'dirty-log': 'KVM_GET_DIRTY_LOG, KVM_CLEAR_DIRTY_LOG and the manual protect capability',
  'dirty-ring': 'KVM_CAP_DIRTY_LOG_RING, in so far as it takes the bitmaps away',
  generation: 'answers carry the generation of the space, and CLEAR may carry one',
  spaces: 'more than one address space',
  internal: 'internal slots can be created on demand',
  region2: 'KVM_SET_USER_MEMORY_REGION2',
  gmem: 'slots backed by guest_memfd',
  vcpu: 'vCPUs that read, write and fetch guest memory',
  smm: 'vCPUs can enter and leave SMM',
  'kernel-access': 'accesses of the hypervisor itself can be asked for',
  walk: 'page-table reads and A/D updates can be asked for one by one',
  lookup: 'the slot behind a frame can be asked for',
  'hva-range': 'the frames behind a host range can be asked for',
  poke: 'the host can write guest memory',
  stranger: 'a call can be made from another process',
  'bad-pointer': 'a call can be made with pointers that fault',
  'fail-allocation': 'an allocation can be made to fail',
  'huge-slots': 'slots of many gigabytes with a dirty log cost nothing',
} as const
export type Feature = keyof typeof FEATURES

const ofMishaps = (o: Operation): readonly Feature[] => [
  ...('caller' in o ? (['stranger'] as const) : []),
  ...('argument' in o || 'bitmap' in o || 'result' in o ? (['bad-pointer'] as const) : []),
  ...('allocation' in o ? (['fail-allocation'] as const) : []),
]

const ofOperation = (o: Operation): readonly Feature[] => {
  switch (o.op) {
    case 'set':
      return [
        'set',
        ...(o.ioctl === 2 ? (['region2'] as const) : []),
        ...(o.size > 1n << 34n && (o.flags & 1) === 1 ? (['huge-slots'] as const) : []),
      ]
    case 'batch':
      return ['batch']
    case 'get-dirty':
      return ['dirty-log']
    case 'clear-dirty':
      return o.generation === undefined ? ['dirty-log'] : ['dirty-log', 'generation']
    case 'enable-cap':
      return o.cap === 'dirty-log-ring' ? ['dirty-ring'] : ['dirty-log']
    case 'internal-slot':
      return ['internal']
    case 'create-vcpu':
      return ['vcpu']
    case 'set-vcpu':
    case 'enter-smm':
    case 'rsm':
      return ['vcpu', 'smm']
    case 'lookup':
      return ['lookup']
    case 'hva-range':
      return ['hva-range']
    case 'poke':
      return ['poke']
    case 'read':
    case 'write':
    case 'rmw':
    case 'fetch':
      return ['vcpu']
    case 'walk':
    case 'ad-update':
      return ['vcpu', 'walk']
    case 'kernel-access':
      return ['kernel-access']
  }
}

/** The features a program needs, in alphabetical order. */
export const featuresOf = (config: Config, operations: readonly Operation[]): readonly Feature[] => {
  const needed = new Set<Feature>()
  if ((config.spaces ?? 2) > 1 && operations.some(o => 'as' in o && o.as > 0)) needed.add('spaces')
  if (config.guestMemfd === true) needed.add('gmem')
  for (const o of operations) for (const feature of [...ofOperation(o), ...ofMishaps(o)]) needed.add(feature)
  return [...needed].sort()
}
