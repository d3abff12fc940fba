import { parentPort } from 'node:worker_threads'
import { Vcpu, Vm, type VmShare } from '../../../impl/index.js'
import { below, type Random, seeded } from '../../../spec/generate/random.js'
import { Board } from '../board.js'
import { numberOf } from '../play.js'
import { writeOne } from '../writes.js'
import { IDLE, layouts, MOVING, MOVING_PAGES, PAUSED, ROWS, toward } from './world.js'

/** What a thread is asked to do until it is killed. */
export interface KillJob {
  readonly share: VmShare
  readonly board: SharedArrayBuffer
  readonly seed: number
  /** The vCPU of a reader; null for a writer. */
  readonly vcpu: number | null
}

/** What it says: its number, by which it is recovered from; and what it saw that may not be. */
export type FromVictim = { readonly owner: number } | { readonly property: string; readonly says: string }

const say = (message: FromVictim): void => parentPort?.postMessage(message)

/** Commits one batch after the other. Another writer may come first: then the batch is refused, or removes nothing. */
const update = (vm: Vm, board: Board, random: Random): void => {
  if (Atomics.load(board.words, PAUSED) !== 0) {
    Atomics.wait(board.words, PAUSED, 1, 10)
    return
  }
  const entries = toward(vm, below(random, layouts.length), below(random, ROWS.length))
  vm.setBatch({ as: 0, flags: 0, resultSize: 1_000_000n, entries })
}

const look = (vcpu: Vcpu, random: Random): void => {
  const end = vcpu.read({ gfn: MOVING + below(random, MOVING_PAGES), offset: 0, size: 4 })
  const row = end.end === 'data' && end.data ? numberOf(end.data) : end.end
  if (row !== ROWS[0] && row !== ROWS[1])
    say({ property: 'no-hole', says: `a read of slot 3 reached ${row}` })
}

const play = ({ share, board: buffer, seed, vcpu }: KillJob): void => {
  const board = new Board(buffer, false)
  const random = seeded(seed, 0)
  if (vcpu === null) {
    const vm = Vm.attach(share)
    say({ owner: vm.owner })
    for (;;) update(vm, board, random)
  }
  const own = Vcpu.attach(share, vcpu)
  say({ owner: own.owner })
  for (let written = 1; ; written++) {
    const end = writeOne(own, vcpu, board.words, random, written)
    if (end !== 'data') say({ property: 'no-hole', says: `a write ended as ${end}` })
    look(own, random)
    // Readers that sleep now and then leave time to those that are about to begin.
    if (written % 32 === 0) Atomics.wait(board.words, IDLE, 0, 1)
  }
}

parentPort?.on('message', (job: KillJob) => {
  try {
    play(job)
  } catch (error) {
    say({
      property: 'broke',
      says: error instanceof Error ? `${error.name}: ${error.message}` : String(error),
    })
  }
})
