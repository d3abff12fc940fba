/** One way of doing the work that is timed. */
export interface Contender {
  readonly name: string
  /** How many pieces of work one time is; 1 where it is absent. */
  readonly pieces?: number
  /** Does the work so many times. What it gives depends on the work, so that no compiler can leave the work out. */
  readonly run: (times: number) => number
}

/** A contender whose work is one act on each of some items in turn. */
export const contender = <T>(name: string, items: readonly T[], act: (item: T) => number): Contender => ({
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
