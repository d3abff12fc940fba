/** Files of guest_memfd are numbered below this. */
export const MAX_MEMFDS = 1024

/** A binding is its file, its first page there, its number of pages, and the slot: its space, id and `since`. */
const FIELDS = 6
const FILE = 0
const FIRST = 1
const PAGES = 2
const AS = 3
const ID = 4
const SINCE = 5

const FIRST_BINDINGS = 16
const MAX_BINDINGS = 65_536
/** In front of the bindings stands the size of each file, in pages, and how many bindings there are. */
const COUNT = MAX_MEMFDS
const BINDINGS = MAX_MEMFDS + 1
const bytesFor = (bindings: number): number => 8 * (BINDINGS + bindings * FIELDS)

/** Pages of a file, behind a slot that was created with generation `since`. */
export interface MemfdBinding {
  readonly file: number
  readonly first: number
  readonly npages: number
  readonly as: number
  readonly id: number
  readonly since: number
}

/**
 * The files of guest_memfd of a VM, and which of their pages are behind slots (`struct gmem_file`, its `bindings`). A slot of
 * guest_memfd never changes, so a binding holds exactly as long as its space has a slot of its id and of the same `since`:
 * nothing is told when a slot goes, or when a creation is undone. In shared memory, and used under the lock of calls only.
 */
export class Memfds {
  readonly #buffer: SharedArrayBuffer

  private constructor(buffer: SharedArrayBuffer) {
    this.#buffer = buffer
  }

  /** @throws RangeError without memory */
  static create(): Memfds {
    const maxByteLength = bytesFor(MAX_BINDINGS)
    return new Memfds(new SharedArrayBuffer(bytesFor(FIRST_BINDINGS), { maxByteLength }))
  }

  static attach(buffer: SharedArrayBuffer): Memfds {
    return new Memfds(buffer)
  }

  /** What `attach` takes. */
  get handle(): SharedArrayBuffer {
    return this.#buffer
  }

  /** The pages of a file; 0 where there is no file of this number. */
  pagesOf(file: number): number {
    return this.#words[file]!
  }

  /** Makes a file of so many pages, at least 1. */
  make(file: number, npages: number): void {
    this.#words[file] = npages
  }

  /** Makes room for one more binding; false, with nothing changed, without memory. */
  reserve(): boolean {
    const bytes = bytesFor(this.#words[COUNT]! + 1)
    if (bytes <= this.#buffer.byteLength) return true
    try {
      this.#buffer.grow(Math.min(2 * this.#buffer.byteLength, bytesFor(MAX_BINDINGS)))
    } catch (error) {
      if (error instanceof RangeError) return false
      throw error
    }
    return bytes <= this.#buffer.byteLength
  }

  /** The bindings of a file that have one of the pages `[first, first + npages)`, whether or not their slots are there. */
  at(file: number, first: number, npages: number): MemfdBinding[] {
    return this.#all().filter(
      one => one.file === file && one.first < first + npages && first < one.first + one.npages,
    )
  }

  /**
   * Slot `id` of space `as` has `binding` from now on, for which there is room; null: a file that nobody else can name.
   * Bindings of slots that are gone are forgotten.
   */
  bind(as: number, id: number, binding: MemfdBinding | null, isThere: (one: MemfdBinding) => boolean): void {
    const words = this.#words
    const kept = this.#all().filter(one => (one.as !== as || one.id !== id) && isThere(one))
    const all = binding === null ? kept : [...kept, binding]
    for (const [i, one] of all.entries()) {
      const at = BINDINGS + i * FIELDS
      words[at + FILE] = one.file
      words[at + FIRST] = one.first
      words[at + PAGES] = one.npages
      words[at + AS] = one.as
      words[at + ID] = one.id
      words[at + SINCE] = one.since
    }
    words[COUNT] = all.length
  }

  #all(): MemfdBinding[] {
    const words = this.#words
    return Array.from({ length: words[COUNT]! }, (_, i) => {
      const at = BINDINGS + i * FIELDS
      return {
        file: words[at + FILE]!,
        first: words[at + FIRST]!,
        npages: words[at + PAGES]!,
        as: words[at + AS]!,
        id: words[at + ID]!,
        since: words[at + SINCE]!,
      }
    })
  }

  get #words(): Float64Array {
    return new Float64Array(this.#buffer, 0, this.#buffer.byteLength >> 3)
  }
}
