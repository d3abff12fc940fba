import { join } from 'node:path'
import { Worker } from 'node:worker_threads'
import { type Recovered, Vm } from '../../../impl/index.js'
import { below, type Random, seeded } from '../../../spec/generate/random.js'
import { packageRoot } from '../../package-root.js'
import type { Kills, PlayResult } from '../../reports/stress/codec.js'
import { Board } from '../board.js'
import { endedOf, PAGES, pagesOf, startedOf } from '../writes.js'
import type { FromVictim, KillJob } from './thread.js'
import {
  commitBeside,
  layouts,
  PAUSED,
  prepare,
  READERS,
  ROWS,
  toward,
  WORDS,
  WRITERS,
  wrongIn,
} from './world.js'

const THREAD = 'dist/conformance/stress/kill/thread.js'
export const KILL = 'kill'
export const killPlay = {
  id: KILL,
  says: 'threads are killed at random: what they had begun is finished or undone, and no write is lost',
}
/** What a thread waits for another at most, milliseconds: long beside the time between a kill and its recovery. */
const PATIENCE = 20_000
/** A thread lives so many milliseconds at most from when it has begun. */
const LIFE = 12
/** How often a look at all logs is begun again because a slot changed meanwhile. */
const LOOKS = 50

export interface KillOptions {
  readonly seconds: number
  readonly seed: number
  readonly stop?: AbortSignal | undefined
}

export interface KillResult {
  readonly play: PlayResult
  readonly kills: Kills
}

/** A thread that will be killed. */
interface Victim {
  readonly worker: Worker
  readonly vcpu: number | null
  readonly owner: Promise<number>
  /** Whether it has begun. */
  isReady: boolean
}

/** Threads, the VM and what was seen of them. */
class Supervisor {
  readonly board: Board
  readonly vm = new Vm({ spaces: 1, slotLimit: 8, patience: PATIENCE })
  readonly kills = { writers: 0, readers: 0, none: 0, undone: 0, finished: 0, marked: 0 }
  updates = 0
  harvests = 0
  readonly #buffer = Board.buffer(WORDS)
  readonly #random: Random
  readonly #told = new Int32Array(PAGES)
  readonly #ended = new Int32Array(PAGES)
  readonly #started = new Int32Array(PAGES)
  #seed: number

  constructor(seed: number) {
    this.#seed = seed
    this.#random = seeded(seed, 0)
    this.board = new Board(this.#buffer, false)
    prepare(this.vm)
    this.vm.share()
  }

  begin(vcpu: number | null): Victim {
    const worker = new Worker(join(packageRoot(), THREAD))
    const job: KillJob = { share: this.vm.share(), board: this.#buffer, seed: this.#seed++, vcpu }
    const owner = new Promise<number>((resolve, reject) => {
      worker.on('message', (message: FromVictim) => {
        if ('owner' in message) resolve(message.owner)
        else this.board.violated(message.property, message.says)
      })
      worker.on('error', error => this.board.violated('broke', String(error)))
      worker.on('exit', () => reject(new Error('the thread ended before it began')))
    })
    const victim: Victim = { worker, vcpu, owner, isReady: false }
    owner.then(
      () => {
        victim.isReady = true
      },
      () => {}, // said by whoever waits for it
    )
    worker.postMessage(job)
    return victim
  }

  /** Kills a thread at a moment of no importance to it, and recovers the VM from it. */
  async kill({ worker, vcpu, owner }: Victim): Promise<void> {
    const number = await owner
    await new Promise(resolve => setTimeout(resolve, below(this.#random, LIFE)))
    await worker.terminate()
    if (vcpu === null) this.kills.writers++
    else this.kills.readers++
    const recovered = this.vm.recover(number)
    this.kills[recovered.call]++
    this.#check(recovered)
  }

  /** The slots are those of some layout, before and after a batch; and every write is known. */
  #check(recovered: Recovered): void {
    const { board, vm } = this
    Atomics.store(board.words, PAUSED, 1)
    try {
      this.#say(
        'two-maps',
        this.#settled(() => wrongIn(vm)),
      )
      this.#harvest(recovered)
      const [layout, row] = [below(this.#random, layouts.length), below(this.#random, ROWS.length)]
      commitBeside(vm, () => toward(vm, layout, row))
      this.updates++
      this.#say(
        'two-maps',
        this.#settled(() => wrongIn(vm)),
      )
    } finally {
      Atomics.store(board.words, PAUSED, 0)
      Atomics.notify(board.words, PAUSED)
    }
  }

  /** What `look` sees while no slot changes: writers may still be in the batch that they had begun. */
  #settled<A>(look: () => A): A {
    for (let i = 0; ; i++) {
      const before = this.vm.generation(0)
      const seen = look()
      // A batch that a writer had begun is over by now, or it comes after; then the next look sees it.
      Atomics.wait(this.board.words, PAUSED, 1, 1)
      if (this.vm.generation(0) === before || i === LOOKS) return seen
    }
  }

  /** What had been written before is in some log, or was harvested before. */
  #harvest(recovered: Recovered): void {
    const { board, vm } = this
    const dirty = new Set<number>()
    const base = new Map(layouts.flat().map(([id, first]) => [id, first]))
    if (recovered.call === 'finished') {
      for (const { id, pages = [] } of recovered.retired) add(dirty, pagesOf(pages, base.get(id)))
    }
    endedOf(board, this.#ended)
    this.#settled(() => {
      for (const { id, base } of vm.slots(0)) {
        const log = vm.getDirtyLog({ as: 0, id })
        if (!('errno' in log)) add(dirty, pagesOf(log.pages, base))
      }
    })
    startedOf(board, this.#started)
    this.harvests++
    for (let page = 0; page < PAGES; page++) {
      if (!dirty.has(page) && (this.#ended[page] as number) > (this.#told[page] as number)) {
        board.violated('dirty-complete', `a write to page ${page} was over before the harvest that lacks it`)
      }
      this.#told[page] = this.#started[page] as number
    }
  }

  #say(property: string, wrong: string | null): void {
    if (wrong !== null) this.board.violated(property, wrong)
  }
}

const add = (all: Set<number>, some: Iterable<number>): void => {
  for (const one of some) all.add(one)
}

/**
 * Threads that write, read and update one VM are killed at random and replaced; each time the VM is recovered from the
 * one that was killed, and looked at: no promise is broken, and it still works.
 */
export const runKills = async ({ seconds, seed, stop }: KillOptions): Promise<KillResult> => {
  const began = performance.now()
  const supervisor = new Supervisor(seed)
  const { board, kills } = supervisor
  const random = seeded(seed, 1)
  const roles: readonly (number | null)[] = [
    ...Array.from({ length: WRITERS }, () => null),
    ...Array.from({ length: READERS }, (_, vcpu) => vcpu),
  ]
  const victims = roles.map(vcpu => supervisor.begin(vcpu))
  try {
    // However slowly threads begin, one is killed: else a busy machine would find nothing wrong with anything.
    const isLate = () => kills.writers + kills.readers > 0 && performance.now() - began > 1000 * seconds
    while (!isLate() && stop?.aborted !== true) {
      await Promise.race(victims.map(({ owner }) => owner))
      const ready = victims.filter(({ isReady }) => isReady)
      const victim = ready[below(random, ready.length)] as Victim
      const at = victims.indexOf(victim)
      await supervisor.kill(victim)
      victims[at] = supervisor.begin(victim.vcpu)
    }
  } catch (error) {
    board.violated('broke', error instanceof Error ? `${error.name}: ${error.message}` : String(error))
  } finally {
    await Promise.all(victims.map(({ worker }) => worker.terminate()))
  }
  const { violations, count } = board
  return {
    play: {
      play: KILL,
      seconds: (performance.now() - began) / 1000,
      turns: { updater: supervisor.updates, harvester: supervisor.harvests },
      violations,
      count,
    },
    kills,
  }
}
