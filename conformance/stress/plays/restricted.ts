import { RO, Vcpu } from '../../../impl/index.js'
import { bytesOf, commit, numberOf, type Part, type Play, pages, put } from '../play.js'

const HVA = 1000

/** Writes whenever it may: memory, or MMIO while the frame is read-only. */
const writer: Part = ({ share, board }) => {
  const vcpu = Vcpu.attach(share, 0)
  let written = 0
  return () => {
    const waits = vcpu.waits
    const { end } = vcpu.write({ gfn: 0, offset: 0, data: bytesOf(++written) })
    if (end !== 'data' && end !== 'mmio') board.violated('no-hole', `a write ended as ${end}`)
    if (vcpu.waits - waits > 1) board.violated('turns', `one write waited ${vcpu.waits - waits} times`)
  }
}

/** Reads all the time, and never waits. */
const reader: Part = ({ share, board }) => {
  const vcpu = Vcpu.attach(share, 1)
  return () => {
    const waits = vcpu.waits
    const { end } = vcpu.read({ gfn: 0, offset: 0, size: 4 })
    if (end !== 'data') board.violated('no-hole', `a read ended as ${end}`)
    if (vcpu.waits !== waits) board.violated('undisturbed', 'a read waited where only writes are owed')
  }
}

/** A frame becomes read-only and writable again: no write completes while it is read-only, and readers never wait. */
export const restricted: Play = {
  id: 'restricted',
  says: 'what is read-only is not written, and reads go on',
  options: { spaces: 1 },
  words: 0,
  prepare: vm => {
    commit(vm, [put(0, 0, 1, HVA)])
    vm.createVcpu(0)
    vm.createVcpu(1)
  },
  updater: (vm, board) => {
    const held = () => numberOf(vm.peek({ hva: pages(HVA), size: 4 }))
    return () => {
      commit(vm, [put(0, 0, 1, HVA, RO)])
      const before = held()
      for (let i = 0; i < 20; i++) {
        if (held() !== before) {
          board.violated('two-maps', 'a page was written after the call had made it read-only')
          break
        }
      }
      commit(vm, [put(0, 0, 1, HVA)])
    }
  },
  parts: { writer, reader },
}
