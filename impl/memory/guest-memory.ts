import type { Refused } from '../base/errno.js'
import { PAGE_SIZE, pageNumber, pageOffset, U64_END } from '../base/frames.js'
import { HostPages, type HostPagesHandle, isPageLimit, MAX_PAGE_BYTES, ZERO_PAGE } from './host-pages.js'
import type { HostRights } from './host-rights.js'
import { exchangeWord, isWord, loadWord, storeWord } from './host-words.js'

/** What another thread needs of a VM's guest memory; may be posted to a worker. */
export type GuestMemoryHandle = HostPagesHandle

/** The default of `memoryLimit`, in bytes. */
export const DEFAULT_MEMORY_LIMIT = 2 ** 30

/**
 * The pages that have been written take `memoryLimit` bytes, and one more was to be written. Nothing has been written.
 */
export class GuestMemoryFull extends RangeError {
  override readonly name = 'GuestMemoryFull'
  constructor(limit: number) {
    super(`guest memory is full: its pages may take ${limit} bytes (option memoryLimit)`)
  }
}

/**
 * The host's memory that slots map, by host page number, shared between threads. A page exists once it, or another page
 * of its 256 KiB, was written, and reads as zero before; slots that share host pages share their contents. Nothing is
 * allocated before the first write or the first handle, so a VM that is never written costs nothing.
 *
 * Aligned accesses of 1, 2, 4 and 8 bytes are indivisible, as on x86: no other thread sees a part of one. Others are
 * copied byte by byte.
 */
export class GuestMemory {
  readonly limit: number
  #pages: HostPages | null = null

  /** @param limit bytes that pages may take, a multiple of 256 KiB. @throws RangeError outside its range */
  constructor(limit = DEFAULT_MEMORY_LIMIT) {
    if (!isPageLimit(limit)) {
      throw new RangeError(
        `guest memory takes 262144..${MAX_PAGE_BYTES} bytes, a multiple of 262144, not ${limit}`,
      )
    }
    this.limit = limit
  }

  /** The memory of another thread's VM. */
  static attach(handle: GuestMemoryHandle): GuestMemory {
    const pages = new HostPages(handle)
    const memory = new GuestMemory(pages.limit)
    memory.#pages = pages
    return memory
  }

  /** What `attach` takes in another thread. */
  handle(): GuestMemoryHandle {
    return this.pages.handle
  }

  /** The pages themselves, for code that reads and exchanges their words in place. */
  get pages(): HostPages {
    this.#pages ??= HostPages.create(this.limit)
    return this.#pages
  }

  /** Makes host page `page` if it does not exist, so that writing it cannot fail; false without room. */
  make(page: number): boolean {
    return this.pages.claim(page) >= 0
  }

  /** Whether the host may not read host page `page`, or with `writes` not write it. */
  denies(page: number, writes: boolean): boolean {
    return this.#pages?.rights.denies(page, writes) ?? false
  }

  /** Gives the host other rights to pages; see `Vm.hostProtect`. */
  protect(hva: bigint, size: bigint, rights: HostRights): Refused | null {
    const whole = ((hva | size) & BigInt(PAGE_SIZE - 1)) === 0n
    if (!whole || size === 0n || hva + size > U64_END) return { errno: 'EINVAL' }
    const [from, to] = [pageNumber(hva), pageNumber(hva) + pageNumber(size)]
    return this.pages.rights.set(from, to, rights) ? null : { errno: 'ENOMEM' }
  }

  /** Ends a change of rights in which a thread has died. */
  recover(): void {
    this.#pages?.rights.recover()
  }

  /** A copy of `size` bytes of host page `page`, which must not cross its end. */
  read(page: number, offset: number, size: number): Uint8Array {
    const result = new Uint8Array(size)
    if (this.#pages) this.#copyOut(this.#pages, page, offset, result)
    return result
  }

  /** Writes `data` into host page `page`, whose end it must not cross. @throws GuestMemoryFull */
  write(page: number, offset: number, data: Uint8Array): void {
    const pages = this.pages
    const at = this.#placeOf(page) + offset
    if (!isWord(at, data.length)) pages.bytes.set(data, at)
    else storeWord(pages, at, data)
  }

  /**
   * Puts `data` into host page `page` and returns what was there: indivisible where a write of it is, else a read and a
   * write.
   * @throws GuestMemoryFull
   */
  exchange(page: number, offset: number, data: Uint8Array): Uint8Array {
    const pages = this.pages
    const at = this.#placeOf(page) + offset
    if (isWord(at, data.length)) return exchangeWord(pages, at, data)
    const before = pages.bytes.slice(at, at + data.length)
    pages.bytes.set(data, at)
    return before
  }

  /** The host reads `size` bytes at byte address `hva`, across any number of pages. */
  peek(hva: bigint, size: number): Uint8Array {
    const result = new Uint8Array(size)
    const pages = this.#pages
    if (!pages) return result
    eachPiece(hva, size, (page, offset, from, count) => {
      this.#copyOut(pages, page, offset, result.subarray(from, from + count))
    })
    return result
  }

  /**
   * The host writes `data` at byte address `hva`, across any number of pages.
   * @throws GuestMemoryFull, before any byte
   */
  poke(hva: bigint, data: Uint8Array): void {
    eachPiece(hva, data.length, page => this.#placeOf(page))
    eachPiece(hva, data.length, (page, offset, from, count) => {
      this.write(page, offset, data.subarray(from, from + count))
    })
  }

  #copyOut(pages: HostPages, page: number, offset: number, into: Uint8Array): void {
    const place = pages.find(page)
    if (place === ZERO_PAGE) return
    const at = place + offset
    if (!isWord(at, into.length)) into.set(pages.bytes.subarray(at, at + into.length))
    else loadWord(pages, at, into)
  }

  #placeOf(page: number): number {
    const place = this.pages.claim(page)
    if (place < 0) throw new GuestMemoryFull(this.limit)
    return place
  }
}

type Piece = (page: number, offset: number, from: number, count: number) => void

function eachPiece(hva: bigint, size: number, visit: Piece): void {
  let page = pageNumber(hva)
  let offset = pageOffset(hva)
  let from = 0
  while (from < size) {
    const count = Math.min(PAGE_SIZE - offset, size - from)
    visit(page, offset, from, count)
    from += count
    page++
    offset = 0
  }
}
