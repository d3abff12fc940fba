import { Machine } from '../machine.js'
import type { Limits } from '../options.js'
import {
  awaitPendingTurns,
  block,
  drain,
  drainOwed,
  edit,
  finish,
  type Protocol,
  publish,
  replay,
  rollBack,
  type Step,
  settle,
} from '../update/protocol.js'
import type { Mmu } from './mmu.js'

/**
 * Puts an update between two lookups of an operation on the same thread, as another thread could make it: the update
 * goes as far as it can while the operation holds its set, and finishes when the operation no longer holds it. For
 * tests that an operation which holds the old set does not see the new one.
 */
export class Midway {
  readonly #protocol: Protocol
  readonly #rollbackProtocol: Protocol
  #machine: Machine | undefined
  #isInside = false
  #rest: (() => void) | null = null

  constructor() {
    this.#protocol = [awaitPendingTurns, block, (machine, update) => this.#goOn(machine, update)]
    this.#rollbackProtocol = [awaitPendingTurns, block, (machine, update) => this.#fail(machine, update)]
  }

  /** A machine whose updates can come between two lookups. */
  machine(limits: Limits): Machine {
    this.#machine = Machine.create(limits, undefined, this.#protocol, this.#rollbackProtocol)
    return this.#machine
  }

  /**
   * Performs `operation` with `change` made when `after` lookups have been made, or at its end if there are no more.
   * Nothing is served from the cache: all its lookups are made.
   */
  during<Result>(mmu: Mmu, after: number, change: () => unknown, operation: () => Result): Result {
    mmu.cache.revoke()
    // Not only at the end: an operation that leaves its section half way, which none may, then sees the new set at once.
    mmu.afterLeave = () => this.#finish()
    try {
      return this.#changing(mmu, after, change, operation)
    } finally {
      mmu.afterLeave = null
    }
  }

  /** The same of an access by frame, which makes one lookup. */
  duringAccess<Result>(after: number, change: () => unknown, access: () => Result): Result {
    return this.#changing(this.#machine!, after, change, access)
  }

  #changing<Result>(
    on: { beforeLookUp: (() => void) | null },
    after: number,
    change: () => unknown,
    operation: () => Result,
  ): Result {
    let made = 0
    on.beforeLookUp = () => {
      if (made++ !== after) return
      this.#isInside = true
      change()
      this.#isInside = false
    }
    try {
      return operation()
    } finally {
      on.beforeLookUp = null
      this.#finish()
      if (made <= after) change()
    }
  }

  #finish(): void {
    const rest = this.#rest
    this.#rest = null
    rest?.()
  }

  #goOn(...[machine, update]: Parameters<Step>): void {
    const perform = (steps: Protocol) => performAll(steps, machine, update)
    const waiting: Protocol = [drain, settle, replay, finish]
    const all: Protocol = [drainOwed, edit, publish, ...waiting]
    if (!this.#isInside) perform(all)
    else if (update.owed.length > 0) this.#rest = () => perform(all)
    else {
      perform([edit, publish])
      this.#rest = () => perform(waiting)
    }
  }

  #fail(...[machine, update]: Parameters<Step>): void {
    const rollAllBack = () => performAll([drainOwed, rollBack], machine, update)
    if (this.#isInside) this.#rest = rollAllBack
    else rollAllBack()
  }
}

function performAll(steps: Protocol, ...on: Parameters<Step>): void {
  for (const step of steps) step(...on)
}
