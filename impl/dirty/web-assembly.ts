/**
 * The part of WebAssembly's JavaScript API that the arena uses. The type library that has all of it is the browser's.
 */

/** Memory that threads share: growing keeps what is there, and views made before stay valid for their length. */
export interface SharedMemory {
  readonly buffer: SharedArrayBuffer
  /** Grows by so many pages of 64 KiB. @throws RangeError beyond the maximum, and where the host has no more */
  grow(pages: number): number
}

interface MemoryDescriptor {
  readonly initial: number
  readonly maximum: number
  readonly shared: true
}

interface Api {
  readonly Memory: new (descriptor: MemoryDescriptor) => SharedMemory
  readonly Module: new (bytes: Uint8Array) => object
  readonly Instance: new (module: object, imports: object) => { readonly exports: unknown }
}

const { WebAssembly } = globalThis as unknown as { readonly WebAssembly: Api }

/** @throws RangeError where the host has no such memory */
export const makeSharedMemory = (initial: number, maximum: number): SharedMemory =>
  new WebAssembly.Memory({ initial, maximum, shared: true })

export const compile = (bytes: Uint8Array): object => new WebAssembly.Module(bytes)

export const instantiate = (module: object, imports: object): unknown =>
  new WebAssembly.Instance(module, imports).exports
