import type { BatchEntry, Operation, Region } from '../../../spec/terms/operation.js'
import { renamed, valuesOf } from './fields.js'

const PAGE = 4096n

/** Addresses beyond it are edges of the address space, which are no edges any more when they move. */
const EDGE = 1n << 40n

type Move = (address: bigint) => bigint

const regionsOf = (ops: readonly Operation[]): readonly Pick<Region, 'gpa' | 'size' | 'hva'>[] =>
  ops.flatMap<Pick<Region, 'gpa' | 'size' | 'hva'>>(o =>
    o.op === 'batch' ? o.entries : o.op === 'set' || o.op === 'internal-slot' ? [o] : [],
  )

/** A region whose ends move; its size is what lies between them. */
const moveEnds = <R extends Pick<Region, 'gpa' | 'size'>>(region: R, move: Move): R => {
  const { gpa, size } = region
  if (size === 0n || gpa + size > EDGE) return { ...region, gpa: move(gpa) }
  return { ...region, gpa: move(gpa), size: move(gpa + size) - move(gpa) }
}

const moveGuest = (ops: readonly Operation[], move: Move): readonly Operation[] =>
  ops.map(o => {
    if (o.op === 'batch')
      return { ...o, entries: o.entries.map(entry => moveEnds(entry, move) as BatchEntry) }
    if (o.op === 'set' || o.op === 'internal-slot') return moveEnds(o, move)
    const [moved] = renamed([o], (role, value) => (role === 'guest' ? move(value) : value))
    return moved ?? o
  })

const moveHost = (ops: readonly Operation[], move: Move): readonly Operation[] =>
  renamed(ops, (role, value) => (role === 'host' ? move(value) : value))

const below =
  (at: bigint, by: bigint): Move =>
  address =>
    address >= at && address < EDGE ? address - by : address

const pages = (addresses: readonly bigint[]): readonly bigint[] =>
  [...new Set(addresses.filter(a => a < EDGE).map(a => (a / PAGE) * PAGE))].sort((a, b) =>
    a < b ? -1 : a > b ? 1 : 0,
  )

/** Ways to move everything from a cut on towards 0 by whole pages; a move never makes anything overtake another. */
const cuts = function* (edges: readonly bigint[]): Generator<{ at: bigint; by: bigint }> {
  let before = 0n
  for (const at of edges) {
    const gap = at - before
    const half = (gap / PAGE / 2n) * PAGE
    for (const by of new Set([gap, gap - PAGE, half, PAGE])) if (by > 0n && by <= gap) yield { at, by }
    before = at
  }
}

/**
 * Smaller worlds of the same shape: gaps and insides of regions shrink, and everything above moves with them; on the
 * guest’s side, on the host’s, and on both where a region ties them together.
 */
export const smallerWorlds = function* (ops: readonly Operation[]): Generator<readonly Operation[]> {
  const regions = regionsOf(ops)
  const guest = pages([...valuesOf(ops, 'guest'), ...regions.map(r => r.gpa + r.size)])
  for (const { at, by } of cuts(guest)) {
    const moved = moveGuest(ops, below(at, by))
    const spans = regions.find(({ gpa, size }) => gpa < at && gpa + size >= at)
    if (spans !== undefined) yield moveHost(moved, below(spans.hva + (at - spans.gpa), by))
    yield moved
  }
  for (const { at, by } of cuts(pages(valuesOf(ops, 'host')))) yield moveHost(ops, below(at, by))
}
