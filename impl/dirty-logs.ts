import { DirtyBitmap } from './dirty-bitmap.js'

/** The dirty logs of a VM, by number. */
export class DirtyLogs {
  #logs: (DirtyBitmap | undefined)[] = []

  /** A clear log, or −1 where memory is short. */
  create(npages: number): number {
    return this.#logs.push(new DirtyBitmap(npages)) - 1
  }

  at(log: number): DirtyBitmap {
    return this.#logs[log]!
  }

  free(log: number): void {
    this.#logs[log] = undefined
  }
}
