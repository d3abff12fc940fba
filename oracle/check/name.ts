import { identity } from '../../spec/rewrite/index.js'
import type { Machine } from '../../spec/terms/cells.js'
import type { Memory } from '../../spec/terms/memory.js'
import type { Result } from '../../spec/terms/result.js'
import { flagsOf, type Slot } from '../../spec/terms/slot.js'
import type { Space } from '../../spec/terms/space.js'

/*
 * Names for machines and results: like `identity`, two values have one name exactly if they are equal. These name only
 * what can differ between the machines of one trace, and are several times cheaper.
 */

/** Caches the names of values; they are never mutated. */
const cached = <V extends object>(make: (value: V) => string): ((value: V) => string) => {
  const known = new WeakMap<V, string>()
  return value => {
    let name = known.get(value)
    if (name === undefined) {
      name = make(value)
      known.set(value, name)
    }
    return name
  }
}

/** Parts that are equal get one number. The table is emptied before it grows large; no number is given twice. */
const numbers = new Map<string, string>()
const MAX_NUMBERS = 200_000
let given = 0
const numberOf = (name: string): string => {
  const known = numbers.get(name)
  if (known !== undefined) return known
  if (numbers.size >= MAX_NUMBERS) numbers.clear()
  const number = (given++).toString(36)
  numbers.set(name, number)
  return number
}

const nameOfSlot = cached((slot: Slot): string => {
  const log = slot.dirty === null ? '' : `${slot.dirty.set.join()}?${slot.dirty.maybe.join()}`
  const bound = typeof slot.gmem === 'boolean' ? '' : `,${slot.gmem.file},${slot.gmem.first}`
  return `${slot.id},${slot.base},${slot.npages},${slot.hva},${flagsOf(slot)}${bound},${slot.since},${slot.dirty === null}:${log}`
})

const nameOfSpace = cached((space: Space): string => {
  let name = `${space.swaps}`
  for (const slot of space.slots) name += `;${nameOfSlot(slot)}`
  return numberOf(`s${name}`)
})

/** Only the words that are not zero: pages are mostly empty. */
const nameOfPage = cached((bytes: Uint8Array): string => {
  const words = new Uint32Array(bytes.buffer, bytes.byteOffset, bytes.byteLength >>> 2)
  let name = ''
  for (let i = 0; i < words.length; i++) if (words[i] !== 0) name += `${i}=${words[i]},`
  return numberOf(`p${name}`)
})

const nameOfMemory = cached((memory: Memory): string =>
  numberOf(
    `m${[...memory]
      .map(([page, bytes]) => `${page}:${nameOfPage(bytes)}`)
      .sort()
      .join('|')}`,
  ),
)

/**
 * Two machines with the same parameters have one name only if they are the same. Two that are the same have one, unless
 * the table of numbers was emptied in between: then both are kept.
 */
export const nameOfMachine = (machine: Machine): string => {
  let name = `${machine.protect}${machine.ring}`
  for (const { file, npages } of machine.memfds) name += `f${file},${npages}`
  for (const space of machine.spaces) name += `/${nameOfSpace(space)}`
  for (const { id, space, image, smbase, queued, stuck } of machine.vcpus) {
    name += `v${id},${space}`
    if (smbase !== undefined) name += `s${smbase}`
    if (image !== undefined) name += identity(image)
    if (queued !== undefined) name += `q${identity(queued)}`
    if (stuck !== undefined) name += `!${stuck.ends}${stuck.until}`
  }
  const { unreadable, unwritable } = machine.host
  if (unwritable.length > 0) name += `h${unreadable.join()}?${unwritable.join()}`
  return machine.memory.size === 0 ? name : `${name}m${nameOfMemory(machine.memory)}`
}

/** Two results have one name exactly if they are the same. */
export const nameOfResult = (result: Result): string => {
  switch (result.is) {
    case 'error':
      return `e${result.errno},${result.index},${result.bound}`
    case 'done':
      return `d${result.generation}`
    case 'log':
      return `l${result.as},${result.id},${result.bytes},${result.generation},${result.set.join()}?${result.maybe.join()}`
    case 'access':
      return `a${result.end},${result.errno},${result.data}${result.details === null ? '' : identity(result.details)}`
    case 'batch':
    case 'found':
    case 'ranges':
    case 'loaded':
      return identity(result)
  }
}
