import * as t from 'io-ts'
import { ARCHITECTURE_NAMES, parametersOfArchitecture } from '../../spec/terms/architectures.js'
import { KERNEL_NAMES, KERNELS, VENDORS } from '../../spec/terms/kernels.js'
import { OWN_SLOTS } from '../../spec/terms/own-slots.js'
import { defaultParameters, type Parameters } from '../../spec/terms/parameters.js'
import { VM_TYPE_NAMES, VM_TYPES } from '../../spec/terms/vm-types.js'
import { closed, together } from './closed.js'
import { impossibleIn } from './impossible.js'
import { Frame, Hex64, natural, oneOf } from './scalars.js'

const FieldsCodec = closed(
  'config',
  {},
  {
    profile: oneOf('linux', 'batch'),
    kernel: oneOf(...KERNEL_NAMES),
    arch: oneOf(...ARCHITECTURE_NAMES),
    vmType: oneOf(...VM_TYPE_NAMES),
    vendor: oneOf(...VENDORS),
    spaces: natural(64, 'number of address spaces', 1),
    slotLimit: natural(32768, 'slot limit'),
    internalIds: t.readonlyArray(natural(0xffff)),
    ownSlots: t.readonlyArray(oneOf(...OWN_SLOTS)),
    identityMap: Hex64,
    maxGfn: Frame,
    beyondMaxGfn: oneOf('EINVAL', 'EFAULT'),
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
    failedFetch: oneOf('exit', 'abort'),
    exitOnEmulationFailure: t.boolean,
  },
)
/**
 * Parameters of the specification, as a trace, a program or a case gives them. Any may be absent; `oracle/TRACE.md`
 * lists them. Parameters that no kernel has together are refused.
 */
export const ConfigCodec = together(FieldsCodec, config => {
  const wrong = impossibleIn(config)
  return wrong === null ? null : { ...wrong, path: [wrong.field] }
})
/** Parameters of the specification, of which any may be absent. */
export type Config = t.TypeOf<typeof ConfigCodec>

/**
 * A config with the defaults filled in. An architecture and a type of VM stand for parameters, of which any may be given another
 * value beside them; where both settle one it is the type's. A kernel that has no second stage stands for shadow paging.
 *
 * @example
 * parametersOf({ profile: 'linux' }).spaces // 2
 * parametersOf({ arch: 'arm64' }).spaces // 1
 * parametersOf({ kernel: 'pvm' }).secondStage // 'shadow'
 *
 * @throws RangeError where no kernel has such a VM: `ConfigCodec` refuses it with its place
 */
export const parametersOf = (given: Config): Parameters => {
  const wrong = impossibleIn(given)
  if (wrong !== null)
    throw new RangeError(`${wrong.field}: found ${JSON.stringify(wrong.found)}, expected ${wrong.expected}`)
  const { arch, vmType, ...config } = given
  return {
    ...defaultParameters,
    ...ofKernel(given),
    ...(arch === undefined ? {} : parametersOfArchitecture(arch)),
    ...(vmType === undefined ? {} : ofTypeOn(arch, vmType)),
    ...config,
  }
}

/** What a kernel settles that a processor would choose. */
const ofKernel = ({ kernel }: Config): Partial<Parameters> =>
  kernel !== undefined && KERNELS[kernel].shadowOnly ? { secondStage: 'shadow' } : {}

/** What a type of VM settles; the default one nothing, so that an architecture's own parameters stand. */
const ofTypeOn = (arch: Config['arch'], vmType: NonNullable<Config['vmType']>): Partial<Parameters> =>
  arch !== undefined && vmType === 'default' ? {} : VM_TYPES[vmType]
