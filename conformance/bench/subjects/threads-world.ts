import type { BatchCall, Entry, Vcpu, Vm } from '../../../impl/index.js'

/** What the writing thread does: nothing, its work, or no more. Word 0 of the signal; word 1 counts batches. */
export const [IDLE, GO, STOP] = [0, 1, 2]

/** The two sets between which the writer goes. */
export type Phase = 0 | 1

const SLOTS = 64
const K4 = 4096n
const pages = (n: number): bigint => BigInt(n) * K4
const put = (id: number, base: number, hva: number): Entry => ({
  do: 'set',
  id,
  gpa: pages(base),
  size: pages(16),
  hva: pages(hva),
  flags: 0,
})

/** Frame of slot `id`, which has 16 pages at every 32nd frame; and its host page in each phase. */
const frameOf = (id: number): number => 32 * id
const hostOf = (id: number, phase: Phase): number => 1000 + 32 * id + (phase === 0 ? 0 : 100_000)

/** Backs eight slots anew, all in one batch. */
const MOVED = [3, 11, 19, 27, 35, 43, 51, 59]
export const batchOf = (phase: Phase): BatchCall => ({
  as: 0,
  flags: 0,
  resultSize: 0n,
  entries: MOVED.map(id => put(id, frameOf(id), hostOf(id, phase))),
})

/** All slots of phase 0, and vCPU 0. */
export const furnish = (vm: Vm): void => {
  const entries = Array.from({ length: SLOTS }, (_, id) => put(id, frameOf(id), hostOf(id, 0)))
  vm.setBatch({ ...batchOf(0), entries })
  vm.createVcpu(0)
}

const FRAMES = MOVED.map((id, i) => frameOf(id) + i)
const [F0, F1, F2, F3, F4, F5, F6, F7] = FRAMES as [
  number,
  number,
  number,
  number,
  number,
  number,
  number,
  number,
]

/** So many sections of eight look-ups; how many of them saw two sets. */
export const sections = (vcpu: Vcpu, times: number): number => {
  let torn = 0
  for (let i = 0; i < times; i++) {
    vcpu.enter()
    let later = 0
    if (vcpu.hostPageAt(F0) > 100_000) later++
    if (vcpu.hostPageAt(F1) > 100_000) later++
    if (vcpu.hostPageAt(F2) > 100_000) later++
    if (vcpu.hostPageAt(F3) > 100_000) later++
    if (vcpu.hostPageAt(F4) > 100_000) later++
    if (vcpu.hostPageAt(F5) > 100_000) later++
    if (vcpu.hostPageAt(F6) > 100_000) later++
    if (vcpu.hostPageAt(F7) > 100_000) later++
    vcpu.leave()
    if (later !== 0 && later !== 8) torn++
  }
  return torn
}
