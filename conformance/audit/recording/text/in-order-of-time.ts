import { type Either, left, right } from 'fp-ts/lib/Either.js'
import { lineTime } from './line-time.js'

/** A line, and where it stood. */
export interface PlacedLine {
  readonly text: string
  /** 1-based. */
  readonly line: number
}

/** A thread's own times run backwards at this line: no order of its lines is the one in which it wrote them. */
export interface OwnTimeBackwards {
  readonly tid: number | null
  readonly line: number
}

interface Timed {
  readonly at: number
  readonly lines: PlacedLine[]
}

/**
 * Lines of several threads in the order of their times, as if their logs had been merged. A thread writes its own lines in
 * order, so they must be so already. A line without a time stays after the line above: it is the rest of that one, or its
 * stack.
 */
export const inOrderOfTime = (texts: readonly string[]): Either<OwnTimeBackwards, PlacedLine[]> => {
  const lastOf = new Map<number | null, number>()
  const timed: Timed[] = []
  for (const [i, text] of texts.entries()) {
    const line = i + 1
    const { tid, at } = lineTime(text)
    const before = timed.at(-1)
    if (at === null && before !== undefined) {
      before.lines.push({ text, line })
      continue
    }
    const last = lastOf.get(tid)
    if (at !== null && last !== undefined && at < last) return left({ tid, line })
    if (at !== null) lastOf.set(tid, at)
    timed.push({ at: at ?? Number.NEGATIVE_INFINITY, lines: [{ text, line }] })
  }
  // The sort is stable: of equal times the line that stood first stays first.
  return right(timed.sort((a, b) => a.at - b.at).flatMap(({ lines }) => lines))
}
