import { type Entry, Vcpu, type Vm } from '../../../impl/index.js'
import { chance } from '../../../spec/generate/random.js'
import { dawdle } from '../../targets/impl-threads/dawdle.js'
import { Board } from '../board.js'
import { bytesOf, commit, numberOf, type Part, type Play, pages, put } from '../play.js'

/**
 * Frame 0 goes from page to page of a ring, one a batch; frame 1 stays. Every page has its number in its first word, so
 * that a read shows which one it reached; writes go to the third word.
 */
const RING = 512
const HVA = 1000
/** A thread that slept for more batches than this does not know how many laps the ring has made. */
const SLEPT = RING - 4
const STAMP_AT = 0
const WRITTEN_AT = 8
const STAYS = 9000
/** On the board: the last lap and page on which an access completed, as a count of batches. */
const SEEN = Board.own(0)
/** How many times a batch has redirected. */
const BATCHES = Board.own(1)

const entry = (n: number): Entry => put(0, 0, 1, HVA + (n % RING))

/** The count of batches that made `page` the host page of frame 0, when at least `least` of them were over. */
const countOf = (page: number, least: number): number => least + ((((page - least) % RING) + RING) % RING)

/**
 * Looks at frame 0 and, with the set still held, at what others have completed on. While this access is in flight under
 * a set, no access can have completed under a later one.
 */
const watcher: Part = ({ share, board, random }) => {
  const vcpu = Vcpu.attach(share, 0)
  const { words } = board
  return () => {
    const least = Atomics.load(words, BATCHES)
    vcpu.enter()
    if (vcpu.isBlocked(0, false)) return vcpu.leave()
    const page = vcpu.hostPageAt(0) - HVA
    if (chance(random, 1 / 4)) dawdle(random)
    const seen = Atomics.load(words, SEEN)
    vcpu.leave()
    if (Atomics.load(words, BATCHES) - least > SLEPT) return
    const count = countOf(page, least)
    if (seen > count) {
      board.violated(
        'write-coherent',
        `an access in flight on page ${count} when another had completed on page ${seen}`,
      )
    }
    board.raise(SEEN, count)
  }
}

/** Reads and writes frame 0: never a hole, never an older page than seen before, at most one wait. */
const user: Part = ({ share, board, random }) => {
  const vcpu = Vcpu.attach(share, 1)
  const { words } = board
  let written = 0
  return () => {
    const before = Atomics.load(words, SEEN)
    const least = Atomics.load(words, BATCHES)
    const waits = vcpu.waits
    const writes = chance(random, 1 / 2)
    const end = writes
      ? vcpu.write({ gfn: 0, offset: WRITTEN_AT, data: bytesOf(++written) })
      : vcpu.read({ gfn: 0, offset: STAMP_AT, size: 4 })
    if (end.end !== 'data')
      return board.violated('no-hole', `an access to a mapped frame ended as ${end.end}`)
    if (vcpu.waits - waits > 1) board.violated('turns', `one access waited ${vcpu.waits - waits} times`)
    if (!writes && end.data && Atomics.load(words, BATCHES) - least <= SLEPT) {
      const count = countOf(numberOf(end.data), least)
      if (count < before)
        board.violated('two-maps', `a read reached page ${count} after one had reached ${before}`)
      board.raise(SEEN, count)
    }
    const kept = vcpu.waits
    if (vcpu.read({ gfn: 1, offset: 0, size: 4 }).end !== 'data')
      board.violated('no-hole', 'a kept frame is a hole')
    if (vcpu.waits !== kept) board.violated('undisturbed', 'an access to a kept frame was made to wait')
  }
}

/** The third word of page `n`. */
const writtenTo = (vm: Vm, n: number): number =>
  numberOf(vm.peek({ hva: pages(HVA + (n % RING)) + BigInt(WRITTEN_AT), size: 4 }))

/** Back-to-back batches on one page. A page that was left is not written any more. */
export const redirected: Play = {
  id: 'redirected',
  says: 'back-to-back batches on one page: coherent, no hole, and each access waits for one of them at most',
  options: { spaces: 1 },
  words: 2,
  prepare: vm => {
    for (let i = 0; i < RING; i++) vm.poke({ hva: pages(HVA + i), data: bytesOf(i) })
    commit(vm, [entry(0), put(1, 1, 1, STAYS)])
    vm.createVcpu(0)
    vm.createVcpu(1)
  },
  updater: (vm, board) => {
    let n = 0
    let left = 0
    return () => {
      if (n > 0) {
        const late = writtenTo(vm, n - 1)
        if (late !== left)
          board.violated('write-coherent', `page ${n - 1} was written after it had been left`)
      }
      n++
      commit(vm, [entry(n)])
      Atomics.store(board.words, BATCHES, n)
      left = writtenTo(vm, n - 1)
    }
  },
  parts: { watcher, user },
}
