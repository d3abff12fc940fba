import type { By, FetchPathOperation } from '../../terms/operation.js'
import type { Use } from '../../terms/paging/mode.js'
import type { Walk } from '../../terms/walking.js'

/** What the way of an operation begins as: the emulator's read-modify-write loads before it stores. */
export const firstUse = (call: FetchPathOperation, by: By): Use => {
  switch (call.op) {
    case 'fetch-instruction':
      return 'fetch'
    case 'translate':
      return call.access
    case 'write-virtual':
      return 'write'
    case 'rmw-virtual':
      return by === 'hardware' ? 'write' : 'read'
    case 'read-virtual':
    case 'registers':
      return 'read'
  }
}

/** Where the way of data stands before its first byte. */
export const dataBegins = (
  call: FetchPathOperation,
  by: By,
): Pick<Walk, 'use' | 'storing' | 'pieces' | 'exits' | 'data'> => {
  const use = firstUse(call, by)
  return { use, storing: use === 'write', pieces: [], exits: [], data: '' }
}
