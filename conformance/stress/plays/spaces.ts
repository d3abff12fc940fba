import { Vcpu, Vm } from '../../../impl/index.js'
import { bytesOf, commit, numberOf, type Part, type Play, pages, put } from '../play.js'

/**
 * Frame 0 is slot 0 in both spaces: in space 0 it stays where it is, in space 1 it alternates between two pages with
 * every batch. Each page has its number in its first word.
 */
const STAYS = 9000
const ROWS = [1000, 2000] as const

const entry = (phase: 0 | 1) => [put(0, 0, 1, ROWS[phase])]
const read = { gfn: 0, offset: 0, size: 4 } as const

/** Stays in space 0, which no batch changes: it always finds the same page, and never waits. */
const outside: Part = ({ share, board }) => {
  const vcpu = Vcpu.attach(share, 0)
  return () => {
    const waits = vcpu.waits
    const end = vcpu.read(read)
    const page = end.end === 'data' && end.data ? numberOf(end.data) : end.end
    if (page !== STAYS) board.violated('space-scoped', `a read in space 0 reached ${page}`)
    if (vcpu.waits !== waits)
      board.violated('space-scoped', 'a read in space 0 waited for a batch on space 1')
  }
}

/** Enters and leaves SMM: each access is to the space that its vCPU is in. */
const crossing: Part = ({ share, board }) => {
  const vm = Vm.attach(share)
  const vcpu = vm.vcpu(1)
  const look = (pagesThere: readonly number[], space: string): void => {
    const waits = vcpu.waits
    const end = vcpu.read(read)
    const page = end.end === 'data' && end.data ? numberOf(end.data) : -1
    if (page < 0) board.violated('no-hole', `a read in ${space} ended as ${end.end}`)
    else if (!pagesThere.includes(page)) board.violated('space-scoped', `a read in ${space} reached ${page}`)
    if (vcpu.waits - waits > 1) board.violated('turns', `one read waited ${vcpu.waits - waits} times`)
  }
  return () => {
    vm.enterSmm(1)
    for (let i = 0; i < 8; i++) look(ROWS, 'space 1')
    vm.rsm(1)
    look([STAYS], 'space 0')
  }
}

/** Batches on space 1 while one vCPU stays outside and another goes in and out. */
export const spaces: Play = {
  id: 'spaces',
  says: 'batches on SMM’s space: accesses in the other space never wait, and an SMI or RSM is between two accesses',
  options: { spaces: 2 },
  words: 0,
  prepare: vm => {
    for (const page of [STAYS, ...ROWS]) vm.poke({ hva: pages(page), data: bytesOf(page) })
    commit(vm, [put(0, 0, 1, STAYS)])
    commit(vm, entry(0), 0, 1)
    vm.createVcpu(0)
    vm.createVcpu(1)
  },
  updater: vm => {
    let phase: 0 | 1 = 0
    return () => {
      phase = phase === 0 ? 1 : 0
      commit(vm, entry(phase), 0, 1)
    }
  },
  parts: { outside, crossing },
}
