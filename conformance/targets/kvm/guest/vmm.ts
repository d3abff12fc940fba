import { fromBytes, toBytes } from '../../../../spec/terms/memory.js'
import type { MmioExit } from '../../../../spec/terms/mmio.js'
import { u64 } from '../../../../spec/terms/numbers.js'
import type { Device } from '../device.js'
import { answerMmio, type Exit } from './exit.js'
import { goOn, type Vcpu } from './vcpu.js'

/** The VMM of one access: what it answers to MMIO reads, and what exits it has seen. */
export interface Vmm {
  /** Bytes in order; zeros beyond. */
  readonly answer: Uint8Array
  readonly exits: MmioExit[]
}

/** More exits than any access has: of 8 bytes on two pages, loaded and stored. */
const MAX_EXITS = 16

export const vmmOf = (device = ''): Vmm => ({ answer: fromBytes(device), exits: [] })

/** Whether it was asked for bytes that are read. */
export const hasAnswered = ({ exits }: Vmm): boolean => exits.some(({ data }) => data === undefined)

/** Does as a VMM with MMIO exits, from the first one on, until the guest comes back with something else. */
export const serve = (device: Device, vcpu: Vcpu, vmm: Vmm, first: Exit, from: bigint): Exit => {
  let exit = first
  let read = 0
  while (exit.kind === 'mmio' && vmm.exits.length < MAX_EXITS) {
    const { gpa, size, written } = exit
    vmm.exits.push({ gpa: u64(gpa), size, ...(written === null ? {} : { data: toBytes(written) }) })
    if (written === null) {
      const bytes = new Uint8Array(size)
      bytes.set(vmm.answer.subarray(read, read + size))
      answerMmio(vcpu.run, bytes)
      read += size
    }
    exit = goOn(device, vcpu, from)
  }
  return exit
}
