import { PAGE_SIZE, pageNumber, pageOffset } from './frames.js'

/**
 * The host's pages behind the slots, by host page number. A page exists once it was written and reads as zero
 * before. Slots that share host pages share their contents.
 */
export class GuestMemory {
  #pages = new Map<number, Uint8Array>()

  /** A copy of `size` bytes of host page `page`, which must not cross its end. */
  read(page: number, offset: number, size: number): Uint8Array {
    const bytes = this.#pages.get(page)
    return bytes ? bytes.slice(offset, offset + size) : new Uint8Array(size)
  }

  /** Writes `data` into host page `page`, whose end it must not cross. */
  write(page: number, offset: number, data: Uint8Array): void {
    let bytes = this.#pages.get(page)
    if (!bytes) {
      bytes = new Uint8Array(PAGE_SIZE)
      this.#pages.set(page, bytes)
    }
    bytes.set(data, offset)
  }

  /** The host reads `size` bytes at byte address `hva`, across any number of pages. */
  peek(hva: bigint, size: number): Uint8Array {
    const result = new Uint8Array(size)
    eachPiece(hva, size, (page, offset, from, count) => result.set(this.read(page, offset, count), from))
    return result
  }

  /** The host writes `data` at byte address `hva`, across any number of pages. */
  poke(hva: bigint, data: Uint8Array): void {
    eachPiece(hva, data.length, (page, offset, from, count) => {
      this.write(page, offset, data.subarray(from, from + count))
    })
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
