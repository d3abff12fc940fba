/**
 * The words through which the threads of a VM synchronise, in one shared buffer:
 *
 *     header      the lock of calls, what capabilities are on, how many readers there are
 *     a space     which set is published
 *     a reader    what it holds, what it waits for
 *
 * Spaces and readers have cache lines of their own, so that what one reader announces evicts no line of another.
 */

/** Threads that have the VM are numbered 1..MAX_OWNERS, and then from 1 again. */
export const MAX_OWNERS = 2 ** 22 - 1

/** Header words, by index. */
export const LOCK = 0
/** Readers that exist; they are numbered from 0. */
export const READERS = 1
export const MANUAL_PROTECT = 2
export const RING_BYTES = 3
/** Not 0: the update that waits for turns, or the next one that does, ends with EINTR. */
export const INTERRUPT = 4
const SPACES = 5
/** How many threads have had the VM: each has a number, from 1 on. */
const OWNERS = 6
const HEADER_WORDS = 32

/**
 * Words of a space, from `spaceAt` on. PUBLISHED is the ticket of the published set: it steps by one at each swap, and
 * wraps; its lowest bit says which of the two sets it is. The store to it publishes the set.
 */
export const PUBLISHED = 0
/** How many ranges of frames are blocked in set 0, and in set 1. */
export const BLOCKED = 1
/** The swaps as a double, which does not wrap; written and read under the lock. In units of 8 bytes from `spaceAt`. */
const SWAPS = 2
const SPACE_WORDS = 16

/**
 * Words of a reader, from `readerAt` on. HELD: 0, or which set of which space the reader holds (see `heldOf`), and in
 * the upper bits a count of the reader's sections.
 */
export const HELD = 0
/** The bits of HELD that name a set. */
export const HELD_SET = 0x3_ffff
/** Added to HELD for each section. */
export const NEXT_SECTION = 0x4_0000
/** The space in which its next access looks up. */
export const SPACE = 1
/** 0, or 1 + the space in which an access met a blocked page, waits, and has not had its turn yet. */
export const WAITING = 2
/** Not 0: the access that waits ends as abandoned. */
export const KICK = 3
/** vCPU id as an unsigned number; meaningless where KIND is not VCPU. */
export const VCPU_ID = 4
/** What the reader is: FREE, a VCPU, or a THREAD's own lookups and kernel accesses. */
export const KIND = 5
/** Not 0: the number of the thread that has claimed the reader. */
export const TAKEN = 6
/** Not 0: in SMM, where the SMI saved registers, an SMBASE with bit 0 set. */
export const SAVED = 7
/** Not 0: an exception is queued for the vCPU, and the object that has its registers knows which. */
export const QUEUED = 8
const READER_WORDS = 32

export const FREE = 0
export const VCPU = 1
export const THREAD = 2

/** The most readers of a VM: vCPUs and threads that have the VM, together. */
export const MAX_READERS = 65_536
const FIRST_READERS = 4

/** The value of HELD, without its section count, for set `ticket & 1` of space `as`; never 0. */
export function heldOf(as: number, ticket: number): number {
  return 1 + 2 * as + (ticket & 1)
}

/** The VM has as many vCPUs and threads as it may have, 65 536. Nothing has changed. */
export class TooManyReaders extends RangeError {
  override readonly name = 'TooManyReaders'
  constructor() {
    super(`a VM has at most ${MAX_READERS} vCPUs and threads`)
  }
}

/**
 * The control block. Until the VM is shared it is an ordinary buffer: a growable shared one would be the greatest cost
 * of making a VM. It grows with the number of readers; `renew` makes readers visible that other threads have added.
 */
export class Control {
  /** Views of fixed length: length-tracking views are an order of magnitude slower. */
  words!: Int32Array
  #doubles!: Float64Array
  #buffer: ArrayBuffer | SharedArrayBuffer
  readonly #readersStart: number
  /**
   * Called each time that this thread is about to sleep because of another one; for tests of how threads meet.
   * @param woken whether the other one wakes it; if not, it looks again by itself
   */
  onSleep: ((woken: boolean) => void) | undefined = undefined

  private constructor(buffer: ArrayBuffer | SharedArrayBuffer) {
    this.#buffer = buffer
    this.renew()
    this.#readersStart = HEADER_WORDS + this.words[SPACES]! * SPACE_WORDS
  }

  /** @param spaces 1..65536 */
  static create(spaces: number): Control {
    const bytes = 4 * (HEADER_WORDS + spaces * SPACE_WORDS + FIRST_READERS * READER_WORDS)
    const buffer = new ArrayBuffer(bytes)
    new Int32Array(buffer, 0, HEADER_WORDS)[SPACES] = spaces
    return new Control(buffer)
  }

  static attach(buffer: SharedArrayBuffer): Control {
    return new Control(buffer)
  }

  /** The buffer for `attach`. The first call copies the block into shared memory. @throws RangeError without memory */
  share(): SharedArrayBuffer {
    if (this.#buffer instanceof SharedArrayBuffer) return this.#buffer
    const { words } = this
    const shared = new SharedArrayBuffer(words.byteLength, {
      maxByteLength: 4 * this.readerAt(MAX_READERS),
    })
    this.#buffer = shared
    this.renew()
    this.words.set(words)
    return shared
  }

  get spaces(): number {
    return this.words[SPACES]!
  }

  /** Readers that exist. */
  get readers(): number {
    return Atomics.load(this.words, READERS)
  }

  /** Where the words of space `as` begin. */
  spaceAt(as: number): number {
    return HEADER_WORDS + as * SPACE_WORDS
  }

  /** Where the words of reader `index` begin. */
  readerAt(index: number): number {
    return this.#readersStart + index * READER_WORDS
  }

  swaps(as: number): number {
    return this.#doubles[(this.spaceAt(as) >> 1) + SWAPS]!
  }

  /** Publishes the other set of space `as`. Under the lock. */
  swap(as: number): void {
    const at = this.spaceAt(as)
    this.#doubles[(at >> 1) + SWAPS]!++
    Atomics.store(this.words, at + PUBLISHED, (this.words[at + PUBLISHED]! + 1) | 0)
  }

  /** The ticket of the published set of space `as`. */
  ticket(as: number): number {
    return Atomics.load(this.words, this.spaceAt(as) + PUBLISHED)
  }

  /** A number for one more thread that has the VM. */
  addOwner(): number {
    return 1 + (Atomics.add(this.words, OWNERS, 1) % MAX_OWNERS)
  }

  /** Sets how often space `as` was published, after a thread that published it has died. Under the lock. */
  setSwaps(as: number, swaps: number): void {
    this.#doubles[(this.spaceAt(as) >> 1) + SWAPS] = swaps
  }

  /**
   * Makes a reader in space 0, claimed by thread `owner` (0: by nobody), and returns its number. Under the lock.
   * @throws TooManyReaders
   */
  addReader(kind: typeof VCPU | typeof THREAD, id: number, owner = 0): number {
    const index = this.#freeReader(kind)
    const at = this.readerAt(index)
    this.words[at + SPACE] = 0
    this.words[at + SAVED] = 0
    this.words[at + QUEUED] = 0
    this.words[at + VCPU_ID] = id
    Atomics.store(this.words, at + TAKEN, owner)
    Atomics.store(this.words, at + KIND, kind)
    if (index === this.readers) Atomics.store(this.words, READERS, index + 1)
    return index
  }

  /** The number of the reader that is vCPU `id`, or −1. */
  vcpuReader(id: number): number {
    this.renew()
    const { words, readers } = this
    for (let i = 0; i < readers; i++) {
      const at = this.readerAt(i)
      if (Atomics.load(words, at + KIND) === VCPU && words[at + VCPU_ID]! >>> 0 === id) return i
    }
    return -1
  }

  /** How many vCPUs there are. */
  countVcpus(): number {
    this.renew()
    let count = 0
    for (let i = 0; i < this.readers; i++) {
      if (Atomics.load(this.words, this.readerAt(i) + KIND) === VCPU) count++
    }
    return count
  }

  /** Renews the views if the buffer was replaced or has grown. */
  renew(): void {
    const buffer = this.#buffer
    if (this.words?.buffer === buffer && this.words.byteLength === buffer.byteLength) return
    this.words = new Int32Array(buffer, 0, buffer.byteLength >> 2)
    this.#doubles = new Float64Array(buffer, 0, buffer.byteLength >> 3)
  }

  /** The number of a reader to use: one that a thread has released, or a new one. vCPUs are never removed. */
  #freeReader(kind: number): number {
    this.renew()
    const { readers } = this
    for (let i = 0; kind === THREAD && i < readers; i++) {
      if (Atomics.load(this.words, this.readerAt(i) + KIND) === FREE) return i
    }
    if (readers === MAX_READERS) throw new TooManyReaders()
    if (this.readerAt(readers + 1) > this.words.length) this.#grow(2 * this.readerAt(readers + 1))
    return readers
  }

  #grow(words: number): void {
    const before = this.words
    const bytes = 4 * Math.min(words, this.readerAt(MAX_READERS))
    if (this.#buffer instanceof SharedArrayBuffer) this.#buffer.grow(bytes)
    else this.#buffer = new ArrayBuffer(bytes)
    this.renew()
    if (this.words.buffer !== before.buffer) this.words.set(before)
  }
}
