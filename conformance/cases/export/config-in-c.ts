import { type Config, parametersOf } from '../../../oracle/wire/config.js'
import { identity } from '../../../spec/rewrite/index.js'

/** A field of a configuration that a program in C cannot honour. */
export interface FieldLeft {
  readonly field: string
  readonly because: string
}

/** Fields that decide what is allowed, or whether the program runs at all. */
const HONOURED = ['kernel', 'vendor', 'arch', 'spaces', 'slotLimit', 'maxGfn', 'errors'] as const

const OF_MACHINE = 'it is the architecture’s or the processor’s'
const OF_KERNEL = 'it is the kernel’s, and no operation here depends on it'

/** Why the others cannot be, where they are not what the program has anyway. */
const BECAUSE: Readonly<Record<Exclude<keyof Config, (typeof HONOURED)[number]>, string>> = {
  profile: 'no kernel has the batch; single calls are judged as Linux has them',
  vmType: 'its VM is of the default type',
  internalIds: 'no call makes the slots that KVM has of its own',
  ownSlots: OF_MACHINE,
  identityMap: 'the program does not call KVM_SET_IDENTITY_MAP_ADDR',
  beyondMaxGfn: OF_MACHINE,
  hvaLimit: OF_MACHINE,
  readonlyMem: OF_MACHINE,
  guestMemfd: 'the program makes no guest_memfd',
  exact: 'a processor may report a page that was only read as written, so both are allowed',
  ringReserved: OF_MACHINE,
  maxEntries: 'no kernel has the batch',
  allocations: 'allocations of the kernel are taken to succeed',
  walker: OF_KERNEL,
  secondStage: OF_KERNEL,
  invalid: OF_KERNEL,
  failedFetch: OF_MACHINE,
  exitOnEmulationFailure: 'the program switches it on, so that a failed fetch leaves nothing queued',
}

const hasOwnReason = (name: string): name is keyof typeof BECAUSE => Object.hasOwn(BECAUSE, name)

/** The configuration by which a program in C is judged, and the fields of the one given that it cannot honour. */
export const configInC = (
  given: Config,
  runs: boolean,
): { readonly config: Config; readonly left: readonly FieldLeft[] } => {
  const honoured = Object.fromEntries(
    HONOURED.flatMap(name => (given[name] === undefined ? [] : [[name, given[name]]])),
  )
  const config: Config = { ...honoured, profile: 'linux', exact: !runs }
  const used: Readonly<Record<string, unknown>> = { vmType: 'default', ...parametersOf(config) }
  const left = Object.entries(given).flatMap(([field, value]): readonly FieldLeft[] =>
    value === undefined || !hasOwnReason(field) || identity(value) === identity(used[field])
      ? []
      : [
          {
            field: `${field} ${JSON.stringify(value, (_, v) => (typeof v === 'bigint' ? `0x${v.toString(16)}` : v))}`,
            because: BECAUSE[field],
          },
        ],
  )
  return { config, left }
}
