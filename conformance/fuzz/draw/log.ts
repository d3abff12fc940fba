import { below, between, chance, pick } from '../../../spec/generate/random.js'
import { generationOf } from '../../../spec/terms/cells.js'
import { u64 } from '../../../spec/terms/numbers.js'
import type { ClearDirtyCall, EnableCapCall, GetDirtyCall } from '../../../spec/terms/operation.js'
import { intersect, ofRuns, type PageSet, pageRange, runsOf, union } from '../../../spec/terms/page-set.js'
import type { Slot } from '../../../spec/terms/slot.js'
import { type Drawing, type Maker, someSpace, userSlots } from './drawing.js'

/** A slot whose log can be asked for; without any, one whose log cannot. */
const asked = (d: Drawing): { readonly as: number; readonly slot: Slot } | null => {
  const as = someSpace(d)
  const slots = userSlots(d, as)
  const logged = slots.filter(slot => slot.dirty !== null)
  const among = logged.length > 0 && chance(d.r, 0.97) ? logged : slots
  return among.length === 0 ? null : { as, slot: pick(d.r, among) }
}

export const get: Maker<GetDirtyCall> = d => {
  const which = asked(d)
  return which === null ? null : { op: 'get-dirty', as: which.as, id: which.slot.id }
}

/** Some pages of a range: those whose bits are set, a part of them, others besides. */
const somePagesOf = ({ r }: Drawing, slot: Slot, from: number, to: number): PageSet => {
  const range = pageRange(from, to)
  const dirty = intersect(slot.dirty?.set ?? [], range)
  if (from >= to || chance(r, 0.3)) return chance(r, 0.5) ? dirty : range
  const first = between(r, from, to - 1)
  const some = ofRuns([[first, between(r, 1, Math.min(4, to - first))]])
  return chance(r, 0.5) ? some : union(some, intersect(dirty, pageRange(from, first)))
}

const WORD = 64

export const clear: Maker<ClearDirtyCall> = d => {
  const which = asked(d)
  if (which === null) return null
  const { r, world, cells } = d
  const { as, slot } = which
  const first = WORD * below(r, Math.min(4, Math.ceil(slot.npages / WORD)))
  const left = slot.npages - first
  const count = left > WORD && chance(r, 0.5) ? WORD * below(r, Math.floor(left / WORD) + 1) : left
  // Bits beyond the range are padding of the last word, and mean nothing.
  const padded = chance(r, 0.1) ? Math.ceil(count / WORD) * WORD : count
  const pages = runsOf(somePagesOf(d, slot, first, first + Math.min(padded, 2 ** 20)))
  const names = world.params.profile === 'batch' && world.features.has('generation') && chance(r, 0.4)
  const generation = chance(r, 0.5) ? generationOf(cells, as) : slot.since
  return {
    op: 'clear-dirty',
    as,
    id: slot.id,
    first: u64(first),
    count,
    pages,
    ...(names ? { generation } : {}),
  }
}

const cap = (name: EnableCapCall['cap'], arg: number): EnableCapCall => ({
  op: 'enable-cap',
  cap: name,
  flags: 0,
  args: [u64(arg)],
})

export const protect: Maker<EnableCapCall> = ({ r }) =>
  cap('manual-dirty-log-protect2', pick(r, [0, 1, 1, 3, 3]))

export const ring: Maker<EnableCapCall> = ({ r }) => cap('dirty-log-ring', pick(r, [4096, 65536, 65536 * 16]))
