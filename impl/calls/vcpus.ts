import type { Machine } from '../machine.js'
import { QUEUED, SAVED, SPACE, TooManyReaders, VCPU } from '../threads/control.js'
import type { Outcome } from './outcome.js'
import { makeWithVcpu } from './own-slots.js'

const NORMAL = 0
const SMM = 1

/**
 * Makes vCPU `id`, in space 0, and the slots that KVM makes for itself with the first. EEXIST if there is one, or another slot in
 * the way of those; ENOMEM beyond 65 536 readers.
 */
export function createVcpu(machine: Machine, id: number): Outcome {
  const { control } = machine
  if (control.vcpuReader(id) >= 0) return { errno: 'EEXIST' }
  const errno = makeWithVcpu(machine)
  if (errno) return { errno }
  try {
    control.addReader(VCPU, id)
  } catch (error) {
    if (error instanceof TooManyReaders) return { errno: 'ENOMEM' }
    throw error
  }
  return { generation: machine.space(NORMAL).generation }
}

/** An SMI: space 0 to space 1. ENOENT without the vCPU; EINVAL unless it is in space 0 and there is a space 1. */
export function enterSmm(machine: Machine, id: number): Outcome {
  const at = wordsOf(machine, id)
  return at < 0 ? { errno: 'ENOENT' } : goIntoSmm(machine, at)
}

/** RSM: space 1 to space 0. ENOENT without the vCPU; EINVAL unless it is in space 1. */
export function rsm(machine: Machine, id: number): Outcome {
  const at = wordsOf(machine, id)
  return at < 0 ? { errno: 'ENOENT' } : leaveSmm(machine, at)
}

/** `enterSmm` of the vCPU whose words begin at `at`. */
export function goIntoSmm(machine: Machine, at: number): Outcome {
  return crossOver(machine, at, NORMAL, SMM)
}

/** `rsm` of the vCPU whose words begin at `at`. */
export function leaveSmm(machine: Machine, at: number): Outcome {
  return crossOver(machine, at, SMM, NORMAL)
}

/** Whether the vCPU whose words begin at `at` is in SMM. */
export function isInSmm(machine: Machine, at: number): boolean {
  return machine.limits.spaces > 1 && machine.control.words[at + SPACE] === SMM
}

/** Puts a vCPU into any space, from its next access on. ENOENT without the vCPU; EINVAL without the space. */
export function setVcpu(machine: Machine, id: number, as: number): Outcome {
  const at = wordsOf(machine, id)
  if (at < 0) return { errno: 'ENOENT' }
  if (as >= machine.limits.spaces) return { errno: 'EINVAL' }
  return putIn(machine, at, as)
}

function crossOver(machine: Machine, at: number, from: number, to: number): Outcome {
  const { words } = machine.control
  if (words[at + SPACE] !== from || machine.limits.spaces < 2) return { errno: 'EINVAL' }
  // What is queued is delivered first: an SMI comes after it, and RSM is an instruction.
  Atomics.store(words, at + QUEUED, 0)
  return putIn(machine, at, to)
}

/** Where the words of vCPU `id` begin, or −1. */
function wordsOf({ control }: Machine, id: number): number {
  const index = control.vcpuReader(id)
  return index < 0 ? index : control.readerAt(index)
}

function putIn(machine: Machine, at: number, as: number): Outcome {
  const { words } = machine.control
  Atomics.store(words, at + SAVED, 0)
  Atomics.store(words, at + SPACE, as)
  return { generation: machine.space(as).generation }
}
