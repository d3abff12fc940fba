/** Lines kept back so that a later one with an earlier time can go before them. */
const KEPT = 1 << 16

/** Puts lines in the order of their times, as far as that is possible within a bounded number of lines. */
export interface Reorder {
  /** Lines up to this one were passed on already. */
  begin(line: number): void
  line(text: string): void
  end(): void
}

export const createReorder = (
  timeOf: (text: string) => number | null,
  onLine: (text: string, line: number) => void,
): Reorder => {
  let kept: { readonly time: number; readonly text: string; readonly line: number }[] = []
  let line = 0
  let last = 0

  const pass = (count: number): void => {
    kept.sort((a, b) => a.time - b.time || a.line - b.line)
    for (const { text, line: at } of kept.slice(0, count)) onLine(text, at)
    kept = kept.slice(count)
  }

  return {
    begin: at => {
      line = at
    },
    line: text => {
      line++
      last = timeOf(text) ?? last
      kept.push({ time: last, text, line })
      if (kept.length >= 2 * KEPT) pass(KEPT)
    },
    end: () => pass(kept.length),
  }
}
