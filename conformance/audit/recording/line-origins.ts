/** Where a line stood before it was put in the order of time: the file by its place in the list, and its line there. */
export interface Origin {
  readonly file: number
  readonly line: number
}

/** Keeps where the lines stood that a report may name. Of most lines of a long recording it names none. */
export interface LineOrigins {
  /** The line with this number stood there. */
  read(line: number, origin: Origin): void
  /** A report may name the line. Lines are named soon after they were read. */
  name(line: number): void
  named(): ReadonlyMap<number, Origin>
}

/** A call is told after the lines of its stack, or after those into which a post has wrapped it. */
const KEPT_RECENT = 4096

export const createLineOrigins = (): LineOrigins => {
  const recent: ({ readonly number: number; readonly origin: Origin } | undefined)[] = []
  const kept = new Map<number, Origin>()
  return {
    read: (number, origin) => {
      recent[number % KEPT_RECENT] = { number, origin }
    },
    name: line => {
      const found = recent[line % KEPT_RECENT]
      if (found?.number === line) kept.set(line, found.origin)
    },
    named: () => kept,
  }
}
