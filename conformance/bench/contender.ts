/** One way of doing the work that is timed. */
export type Contender = InProcess | OutOfProcess

export interface InProcess {
  readonly name: string
  /** How many pieces of work one time is; 1 where it is absent. */
  readonly pieces?: number
  /** Does the work so many times. What it gives depends on the work, so that no compiler can leave the work out. */
  readonly run: (times: number) => number
  /**
   * Does the work so many times and answers how many nanoseconds of it were work, for work that has to be prepared each
   * time, or that other threads disturb: it stands in for `run`, timed from without.
   */
  readonly took?: (times: number) => number
}

/** A contender that works in a process of its own, and so measures its own time. */
export interface OutOfProcess {
  readonly name: string
  /** Does the work and gives nanoseconds of processor time for one piece of it. It needs no warming up. */
  readonly tells: () => number
}

/** A contender whose work is one act on each of some items in turn. */
export const contender = <T>(name: string, items: readonly T[], act: (item: T) => number): InProcess => ({
  name,
  run: times => {
    let spent = 0
    let next = 0
    for (let i = 0; i < times; i++) {
      spent = (spent + act(items[next] as T)) | 0
      next = next + 1 === items.length ? 0 : next + 1
    }
    return spent
  },
})
