/**
 * What lies where in the arena, in words of 32 bits. References are positions of words, so they mean the same in every
 * thread, fit an int32, and stay what they are when the arena grows.
 *
 * arena   header │ map of free blocks │ blocks … log     npages, size, before, after │ directory: a word for each 65
 * 536 pages │ tail: the bits of what is left
 *
 * A log is one piece of the arena. The pages that do not fill a chunk have their bits in the piece itself; the others
 * in chunks, whose directory entry is NONE (all clear), ALL (all set) or where the chunk's words are. A thread that
 * needs the words of a chunk makes them and changes its entry; while the log is in use an entry never changes back.
 */

/** Words of a block: 8 KiB. A chunk is a block. */
export const BLOCK_WORDS = 2048
/** Pages whose bits a chunk holds. */
export const CHUNK_PAGES = BLOCK_WORDS * 32

/** Directory entries that are not where words are. */
export const NONE = 0
export const ALL = 1

/** No log: where there was no room for one, or none is kept. */
export const NO_LOG = -1

/** Words of a log's piece. */
export const NPAGES = 0
/** Words of the piece. */
export const SIZE = 1
/** The neighbours in the list of a VM's logs; see `LogList`. */
export const BEFORE = 2
export const AFTER = 3
export const DIRECTORY = 4

/** Words of the arena's header. */
export const LOCK = 0
/** Blocks there may ever be. */
export const LIMIT = 1
/** Blocks that are in use or promised. */
export const COMMITTED = 2
/** Where the search for a free block begins. */
export const HINT = 3
/** Blocks that were cut into pieces, or are one. */
export const PIECES = 4
/** First of the lists of free pieces, by size. */
export const FREE_PIECES = 8
/** Where the map of free blocks begins: a bit for each block, set if it is free. */
export const FREE_BLOCKS = 32

/** Chunks, the last one perhaps not full. */
export const chunksOf = (npages: number): number => Math.ceil(npages / CHUNK_PAGES)

/** Full chunks, which need a block once some of their bits are set and some clear. */
export const fullChunksOf = (npages: number): number => Math.floor(npages / CHUNK_PAGES)

const roundUp = (words: number): number => (words + 7) & ~7

/** Where the tail begins in a log's piece: bulk kernels want 32 bytes at a time. */
export const tailAt = (npages: number): number => roundUp(DIRECTORY + chunksOf(npages))

/** Words of a log's piece. */
export const logWords = (npages: number): number =>
  tailAt(npages) + roundUp(Math.ceil((npages % CHUNK_PAGES) / 32))
