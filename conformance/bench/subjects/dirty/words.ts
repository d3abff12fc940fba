import { BLOCK_WORDS, CHUNK_PAGES, DIRECTORY } from '../../../../impl/dirty/layout.js'
import type { DirtyLogs } from '../../../../impl/dirty/logs.js'

/** Logs of whole chunks, all of them mixed, as the words they are: how benchmarks set them and sum them up. */

const chunkAt = ({ arena }: DirtyLogs, log: number, chunk: number): number =>
  arena.words[log + DIRECTORY + chunk] as number

/** A log whose every chunk has words of its own, all clear. */
export const mixedLog = (logs: DirtyLogs, npages: number): number => {
  const log = logs.create(npages)
  if (log < 0) throw new Error(`no room for a log of ${npages} pages`)
  for (let page = 0; page < npages; page += CHUNK_PAGES) logs.mark(log, page)
  logs.harvest(log)
  return log
}

/** Sets the log to the words, and touches nothing else. */
export const setWords = (logs: DirtyLogs, log: number, words: Int32Array): void => {
  for (let chunk = 0; chunk * BLOCK_WORDS < words.length; chunk++) {
    const from = chunk * BLOCK_WORDS
    logs.arena.words.set(words.subarray(from, from + BLOCK_WORDS), chunkAt(logs, log, chunk))
  }
}

/** 31 · sum + word over the words of the log; a chunk without words counts as it would with them. */
export const sumOf = (logs: DirtyLogs, log: number): number => {
  const { words } = logs.arena
  let sum = 0
  for (let chunk = 0; chunk * CHUNK_PAGES < logs.npages(log); chunk++) {
    const at = chunkAt(logs, log, chunk)
    for (let i = 0; i < BLOCK_WORDS; i++) {
      sum = (Math.imul(sum, 31) + (at > 1 ? (words[at + i] as number) : -at)) | 0
    }
  }
  return sum >>> 0
}
