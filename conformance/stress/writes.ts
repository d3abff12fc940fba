import { Vcpu } from '../../impl/index.js'
import { below, type Random } from '../../spec/generate/random.js'
import { Board } from './board.js'
import { bytesOf, type Part } from './play.js'

/**
 * Accounts of writes to logged pages. A page has one writer, which counts each write before it starts and after it has
 * ended; so many pages that a mark which was lost is seldom made good by the next write.
 */
export const PAGES = 4096
const WRITERS = 2
const STARTED = Board.own(0)
const ENDED = Board.own(PAGES)
/** Words on the board. */
export const ACCOUNTS = 2 * PAGES

/** Writes that have started, or ended, on each page. */
export const startedOf = ({ words }: Board, into: Int32Array): void => copy(words, STARTED, into)
export const endedOf = ({ words }: Board, into: Int32Array): void => copy(words, ENDED, into)

const copy = (words: Int32Array, from: number, into: Int32Array): void => {
  for (let page = 0; page < PAGES; page++) into[page] = Atomics.load(words, from + page)
}

/** Writes `value` to one of the pages of writer `id`, and counts it; how the write ended. */
export const writeOne = (
  vcpu: Vcpu,
  id: number,
  words: Int32Array,
  random: Random,
  value: number,
): string => {
  const page = WRITERS * below(random, PAGES / WRITERS) + id
  Atomics.add(words, STARTED + page, 1)
  const { end } = vcpu.write({ gfn: page, offset: 0, data: bytesOf(value) })
  if (end === 'data') Atomics.add(words, ENDED + page, 1)
  return end
}

/** Writes to its pages all the time. */
const writer =
  (id: number): Part =>
  ({ share, board, random }) => {
    const vcpu = Vcpu.attach(share, id)
    let written = 0
    return () => {
      const end = writeOne(vcpu, id, board.words, random, ++written)
      if (end !== 'data') board.violated('no-hole', `a write ended as ${end}`)
    }
  }

export const writers: Readonly<Record<string, Part>> = { 'writer 0': writer(0), 'writer 1': writer(1) }

/** Pages of runs, each moved by `base`. */
export const pagesOf = (runs: readonly (readonly [number, number])[], base = 0): ReadonlySet<number> => {
  const found = new Set<number>()
  for (const [first, count] of runs) for (let i = 0; i < count; i++) found.add(base + first + i)
  return found
}
