import type { Machine } from '../../spec/terms/cells.js'
import { counted } from '../../spec/terms/counted.js'
import { runsOf } from '../../spec/terms/page-set.js'
import type { Slot } from '../../spec/terms/slot.js'

/** Page numbers within a slot as ranges: `0-3,7`; `none` for no page. */
export const printPages = (set: readonly number[]): string =>
  set.length === 0
    ? 'none'
    : runsOf(set)
        .map(([first, count]) => (count === 1 ? `${first}` : `${first}-${first + count - 1}`))
        .join(',')

const hex = (page: number): string => `0x${(BigInt(page) << 12n).toString(16)}`

const backing = ({ gmem }: Slot): string => {
  if (typeof gmem === 'boolean') return gmem ? 'GUEST_MEMFD' : ''
  return `GUEST_MEMFD (file ${gmem.file}, from page ${gmem.first})`
}

/** A slot in a line, without its id: gpa, pages, hva, flags, dirty pages. */
export const printSlot = (slot: Slot): string => {
  const flags = [slot.log ? 'LOG' : '', slot.ro ? 'RO' : '', backing(slot)]
    .filter(flag => flag !== '')
    .join('|')
  const dirty =
    slot.dirty === null
      ? ''
      : `, dirty ${printPages(slot.dirty.set)}${slot.dirty.maybe.length > 0 ? ` and perhaps ${printPages(slot.dirty.maybe)}` : ''}`
  return `gpa ${hex(slot.base)}, ${counted(slot.npages, 'page')}, hva ${hex(slot.hva)}${flags === '' ? '' : `, ${flags}`}${dirty}`
}

const slotLines = (as: number, before: readonly Slot[], after: readonly Slot[]): readonly string[] => {
  const old = new Map(before.map(slot => [slot.id, slot]))
  const now = new Map(after.map(slot => [slot.id, slot]))
  const ids = [...new Set([...old.keys(), ...now.keys()])].toSorted((a, b) => a - b)
  return ids.flatMap(id => {
    const [was, is] = [old.get(id), now.get(id)]
    if (was === undefined)
      return is === undefined ? [] : [`space ${as}: slot ${id} appears: ${printSlot(is)}`]
    if (is === undefined) return [`space ${as}: slot ${id} goes: ${printSlot(was)}`]
    const [from, to] = [printSlot(was), printSlot(is)]
    return from === to ? [] : [`space ${as}: slot ${id}: ${from}  →  ${to}`]
  })
}

const countSwaps = (n: number): string => `${counted(Math.abs(n), 'swap')}${n < 0 ? ' fewer' : ''}`

/** What differs between two machines, one line for each difference; empty where they are the same. */
export const difference = (before: Machine, after: Machine): readonly string[] => [
  ...after.spaces.flatMap((space, as) => {
    const was = before.spaces[as]
    if (was === undefined || was === space) return []
    const swaps = space.swaps - was.swaps
    return [
      ...slotLines(as, was.slots, space.slots),
      ...(swaps === 0 ? [] : [`space ${as}: ${countSwaps(swaps)}`]),
    ]
  }),
  ...(before.protect === after.protect ? [] : [`manual protect ${before.protect}  →  ${after.protect}`]),
  ...(before.ring === after.ring ? [] : ['a dirty ring is in use']),
  ...after.memfds.flatMap(file =>
    before.memfds.includes(file)
      ? []
      : [`guest_memfd ${file.file} of ${counted(file.npages, 'page')} appears`],
  ),
  ...after.vcpus.flatMap(v => {
    const was = before.vcpus.find(w => w.id === v.id)
    return was === undefined
      ? [`vCPU ${v.id} appears in space ${v.space}`]
      : was.space === v.space
        ? []
        : [`vCPU ${v.id}: space ${was.space}  →  ${v.space}`]
  }),
  ...[...after.memory].flatMap(([page, bytes]) =>
    before.memory.get(page) === bytes ? [] : [`host page ${hex(page)} is written`],
  ),
]
