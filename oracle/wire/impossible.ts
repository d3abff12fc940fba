import { type ArchitectureName, parametersOfArchitecture } from '../../spec/terms/architectures.js'
import { KERNELS } from '../../spec/terms/kernels.js'
import { ownBytes } from '../../spec/terms/own-slots.js'
import type { Parameters } from '../../spec/terms/parameters.js'

/** Fields of which each may have its value, and not all of them together. */
export interface Impossible {
  /** The field that goes with the others least. */
  readonly field: 'secondStage' | 'arch' | 'hvaLimit'
  readonly found: unknown
  readonly expected: string
}

type Given = Partial<Pick<Parameters, 'kernel' | 'secondStage' | 'ownSlots' | 'hvaLimit'>> & {
  readonly arch?: ArchitectureName
}

const secondStage = ({ kernel, secondStage: given, arch }: Given): Impossible | null => {
  if (kernel === undefined || !KERNELS[kernel].shadowOnly) return null
  if (given === 'tdp')
    return {
      field: 'secondStage',
      found: given,
      expected: `"shadow", since kernel "${kernel}" has no second stage`,
    }
  return given === undefined && arch !== undefined && parametersOfArchitecture(arch).secondStage === 'tdp'
    ? { field: 'arch', found: arch, expected: `"x86-shadow", since kernel "${kernel}" has no second stage` }
    : null
}

const ownMemory = ({ ownSlots = [], hvaLimit }: Given): Impossible | null => {
  const bytes = ownBytes(ownSlots)
  return hvaLimit === undefined || hvaLimit >= bytes
    ? null
    : {
        field: 'hvaLimit',
        found: `0x${hvaLimit.toString(16)}`,
        expected: `at least 0x${bytes.toString(16)}, since KVM's memory for ownSlots ${JSON.stringify(ownSlots)} ends there`,
      }
}

/** Why no VM is what a config asks for; null where one may be. */
export const impossibleIn = (config: Given): Impossible | null => secondStage(config) ?? ownMemory(config)
