import * as t from 'io-ts'
import { KERNEL_NAMES, VENDORS } from '../../spec/terms/kernels.js'
import { defaultParameters, type Parameters } from '../../spec/terms/parameters.js'
import { closed } from './closed.js'
import { Frame, Hex64, natural, oneOf } from './scalars.js'

/**
 * Parameters of the specification, as a trace, a program or a case gives them. Any may be absent; `oracle/TRACE.md`
 * lists them.
 */
export const ConfigCodec = closed(
  'config',
  {},
  {
    profile: oneOf('linux', 'batch'),
    kernel: oneOf(...KERNEL_NAMES),
    vendor: oneOf(...VENDORS),
    spaces: natural(64, 'number of address spaces', 1),
    slotLimit: natural(32768, 'slot limit'),
    internalIds: t.readonlyArray(natural(0xffff)),
    maxGfn: Frame,
    hvaLimit: Hex64,
    readonlyMem: t.boolean,
    guestMemfd: t.boolean,
    exact: t.boolean,
    errors: oneOf('strict', 'loose'),
    ringReserved: natural(65536, 'number of reserved ring entries'),
    maxEntries: natural(0xffff),
    allocations: oneOf('succeed', 'may fail'),
    walker: oneOf('kvm', 'architecture'),
    secondStage: oneOf('tdp', 'shadow'),
    invalid: oneOf('retry', 'hole'),
    exitOnEmulationFailure: t.boolean,
  },
)
/** Parameters of the specification, of which any may be absent. */
export type Config = t.TypeOf<typeof ConfigCodec>

/**
 * A config with the defaults filled in.
 *
 * @example
 * parametersOf({ profile: 'linux' }).spaces // 2
 */
export const parametersOf = (config: Config): Parameters => ({ ...defaultParameters, ...config })
