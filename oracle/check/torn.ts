import { isAccess, isPhysical, type Operation } from '../../spec/terms/operation.js'

/*
 * A processor makes an aligned access of 1, 2, 4 or 8 bytes indivisibly (Intel SDM vol. 3, Guaranteed Atomic Operations; AMD
 * APM vol. 2, Access Atomicity). Of any other one threads that overlap may see a part, and leave a mixture. The specification
 * gives each access one moment, so what such threads read is not judged by it.
 */

/** An operation and its number. */
export interface Numbered {
  readonly n: number
  readonly operation: Operation
}

/** What an operation does with guest memory. */
interface Bytes {
  readonly writes: boolean
  readonly isIndivisible: boolean
  /** Its first byte in the page and the one after its last; null where it may be any. */
  readonly within: readonly [number, number] | null
}

const isWord = (at: number, size: number): boolean =>
  (size === 1 || size === 2 || size === 4 || size === 8) && at % size === 0

/** Saved registers, an instruction: many bytes, wherever they are. */
const MANY = { isIndivisible: false, within: null } as const

const bytesOf = (operation: Operation): Bytes | null => {
  if (isPhysical(operation)) {
    const writes = 'data' in operation && operation.data !== undefined
    const size = writes ? operation.data.length / 2 : 'size' in operation ? operation.size : 0
    const { offset } = operation
    return { writes, isIndivisible: isWord(offset, size), within: [offset, offset + size] }
  }
  switch (operation.op) {
    case 'read-virtual':
    case 'write-virtual':
    case 'rmw-virtual': {
      const writes = operation.op !== 'read-virtual'
      const size = operation.op === 'read-virtual' ? operation.size : operation.data.length / 2
      return { writes, isIndivisible: isWord(Number(operation.gva % 16n), size), within: null }
    }
    case 'fetch-instruction':
      return { writes: false, ...MANY }
    case 'poke': {
      const at = Number(operation.hva % 4096n)
      const size = operation.data.length / 2
      return {
        writes: true,
        isIndivisible: isWord(at, size),
        within: at + size > 4096 ? null : [at, at + size],
      }
    }
    case 'enter-smm':
      return operation.smbase === undefined ? null : { writes: true, ...MANY }
    // Tables are read entry by entry. What RSM reads, and when, has moments of its own (`halfway.ts`).
    case 'rsm':
    case 'registers':
    case 'translate':
      return { writes: false, isIndivisible: true, within: null }
    default:
      return null
  }
}

const meet = (x: Bytes, y: Bytes): boolean => {
  const [a, b] = [x.within, y.within]
  return a === null || b === null || (a[0] < b[1] && b[0] < a[1])
}

/**
 * Whether one of two operations that overlap in time may see a part of what the other writes. Which pages they touch is not
 * asked.
 */
export const mayTear = (a: Operation, b: Operation): boolean => {
  const [x, y] = [bytesOf(a), bytesOf(b)]
  if (x === null || y === null || !meet(x, y)) return false
  return (x.writes && !x.isIndivisible) || (y.writes && !y.isIndivisible)
}

/** Whether a read is made in several pieces, so that of two such writes it may find the later one and not the earlier. */
const mayPass = (reading: Operation, writing: Operation): boolean => {
  const [x, y] = [bytesOf(reading), bytesOf(writing)]
  return x !== null && y !== null && !x.writes && !x.isIndivisible && y.writes && meet(x, y)
}

/** Watches operations as they begin and end, and tells the first two that may have seen parts of each other. */
export const watchForTearing = () => {
  /** How many writes each read in several pieces has met. */
  const met = new Map<number, number>()
  const passes = (reading: Numbered, writing: Numbered): boolean => {
    if (!mayPass(reading.operation, writing.operation)) return false
    const writes = (met.get(reading.n) ?? 0) + 1
    met.set(reading.n, writes)
    return writes > 1
  }
  return {
    begins: (
      begins: Numbered,
      others: ReadonlyMap<number, { readonly operation: Operation }>,
    ): readonly [Numbered, Numbered] | null => {
      for (const [n, { operation }] of others) {
        const other = { n, operation }
        if (mayTear(operation, begins.operation) || passes(other, begins) || passes(begins, other))
          return [other, begins]
      }
      return null
    },
    ends: (n: number): void => void met.delete(n),
  }
}

/** Whether its answer depends on what guest memory holds. */
export const readsMemory = (operation: Operation): boolean =>
  isAccess(operation) || operation.op === 'rsm' || operation.op === 'registers'
