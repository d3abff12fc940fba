/** A file of an archive as the kernel unpacks at boot; a path of its own has no leading slash. */
export interface CpioEntry {
  readonly path: string
  readonly kind: 'directory' | 'file' | 'link'
  /** What is in the file, or where the link points. */
  readonly data?: Uint8Array
  readonly executable?: boolean
}

const MAGIC = '070701' // the "newc" format: thirteen fields of eight hexadecimal digits, then the name and the data
const MODES = { directory: 0o040755, file: 0o100644, link: 0o120777 } as const
const EXECUTABLE = 0o111
const TRAILER = 'TRAILER!!!'

const padded = (length: number): number => (4 - (length % 4)) % 4

const header = (inode: number, mode: number, name: string, size: number): Buffer => {
  const nameBytes = Buffer.byteLength(name) + 1
  // inode, mode, uid, gid, links, time, size, device (2), device of the node (2), length of the name, check
  const fields = [inode, mode, 0, 0, 1, 0, size, 0, 0, 0, 0, nameBytes, 0]
  const text = `${MAGIC}${fields.map(n => n.toString(16).padStart(8, '0')).join('')}${name}\0`
  return Buffer.concat([Buffer.from(text), Buffer.alloc(padded(text.length))])
}

/** The archive in pieces, one after the other (the kernel's Documentation/driver-api/early-userspace/buffer-format.rst). */
export function* cpioOf(entries: Iterable<CpioEntry>): Generator<Uint8Array> {
  let inode = 1
  for (const { path, kind, data = new Uint8Array(0), executable = false } of entries) {
    yield header(inode++, MODES[kind] | (executable ? EXECUTABLE : 0), path, data.length)
    yield data
    yield Buffer.alloc(padded(data.length))
  }
  yield header(0, 0, TRAILER, 0)
}
