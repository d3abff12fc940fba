import type { Outcome } from './calls.js'
import type { Machine } from './machine.js'

const NORMAL = 0
const SMM = 1

/** Makes vCPU `id`, in space 0. EEXIST if there is one. */
export function createVcpu(machine: Machine, id: number): Outcome {
  if (machine.vcpus.has(id)) return { errno: 'EEXIST' }
  return putIn(machine, id, NORMAL)
}

/** An SMI: space 0 to space 1. ENOENT without the vCPU; EINVAL unless it is in space 0 and there is a space 1. */
export function enterSmm(machine: Machine, id: number): Outcome {
  return crossOver(machine, id, NORMAL, SMM)
}

/** RSM: space 1 to space 0. ENOENT without the vCPU; EINVAL unless it is in space 1. */
export function rsm(machine: Machine, id: number): Outcome {
  return crossOver(machine, id, SMM, NORMAL)
}

/** Puts a vCPU into any space. ENOENT without the vCPU; EINVAL without the space. */
export function setVcpu(machine: Machine, id: number, as: number): Outcome {
  if (!machine.vcpus.has(id)) return { errno: 'ENOENT' }
  if (as >= machine.limits.spaces) return { errno: 'EINVAL' }
  return putIn(machine, id, as)
}

function crossOver(machine: Machine, id: number, from: number, to: number): Outcome {
  const as = machine.vcpus.get(id)
  if (as === undefined) return { errno: 'ENOENT' }
  if (as !== from || machine.limits.spaces < 2) return { errno: 'EINVAL' }
  return putIn(machine, id, to)
}

function putIn(machine: Machine, id: number, as: number): Outcome {
  machine.vcpus.set(id, as)
  return { generation: machine.spaces[as]!.generation }
}
