import { parentPort } from 'node:worker_threads'
import { StuckCall, StuckReader, StuckUpdate, Vm } from '../../impl/index.js'
import { Machine } from '../../impl/machine.js'
import { limitsOf } from '../../impl/options.js'
import { seeded } from '../../spec/generate/random.js'
import { Board } from './board.js'
import { faults } from './faults.js'
import type { FromThread, PartJob } from './messages.js'
import type { Play, Turn } from './play.js'
import { plays } from './plays/index.js'

/** Plays the parts it is asked to, one after the other, in a thread of its own. */
const say = (message: FromThread): void => parentPort?.postMessage(message)

/** Turns between two looks at whether the play is over. */
const TURNS = 16
/**
 * Milliseconds that one thread waits for another at most. With a fault it may be for ever; without one a thread that waits
 * longer than a busy machine makes it breaks a promise.
 */
const PATIENCE = 60_000
const PATIENCE_WITH_FAULT = 5000

const updaterOf = (play: Play, { fault }: PartJob, board: Board, seed: number): Turn => {
  const protocol = faults.find(({ id }) => id === fault)?.protocol
  const patience = fault === undefined ? PATIENCE : PATIENCE_WITH_FAULT
  const vm = new Vm(Machine.create(limitsOf({ ...play.options, patience }), undefined, protocol))
  play.prepare(vm)
  say({ kind: 'ready', share: vm.share() })
  return play.updater(vm, board, seeded(seed, 0))
}

const turnOf = (play: Play, job: PartJob, board: Board): Turn => {
  if (job.share === undefined) return updaterOf(play, job, board, job.seed)
  const at = Object.keys(play.parts).indexOf(job.part)
  const part = play.parts[job.part]
  if (part === undefined) throw new Error(`there is no part ${job.part}`) // the names come from the same list
  const turn = part({ share: job.share, board, random: seeded(job.seed, 1 + at) })
  say({ kind: 'attached' })
  return turn
}

/** Whether a thread has waited for another for as long as the VM is patient. */
const isStuck = (error: unknown): boolean =>
  error instanceof StuckUpdate || error instanceof StuckReader || error instanceof StuckCall

const playPart = (job: PartJob): void => {
  const play = plays.find(({ id }) => id === job.play)
  if (play === undefined) throw new Error(`there is no play ${job.play}`) // the names come from the same list
  const board = new Board(job.board, job.fault !== undefined)
  let turns = 0
  try {
    const turn = turnOf(play, job, board)
    do {
      for (let i = 0; i < TURNS; i++) turn()
      turns += TURNS
    } while (!board.isOver)
  } catch (error) {
    board.violated(
      isStuck(error) ? 'retry-ends' : 'broke',
      error instanceof Error ? `${error.name}: ${error.message}` : String(error),
    )
    board.stop()
  }
  const { violations, count } = board
  say({ kind: 'over', part: job.part, turns, violations, count })
}

parentPort?.on('message', playPart)
