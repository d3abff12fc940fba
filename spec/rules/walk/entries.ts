import { not, type Premise, premise, type Rule } from '../../rewrite/index.js'
import type { Cells } from '../../terms/cells.js'
import { NO_EXECUTE, PF_PRESENT, PF_RESERVED, PRESENT, USER, WRITABLE } from '../../terms/paging/bits.js'
import { finalFrame, frameOf, isLarge } from '../../terms/paging/entry.js'
import { onward, type Step, seek, type Walking } from '../../terms/walking.js'
import { semantics } from '../cite.js'
import { at, faulting, regimeIn, walker } from './station.js'

const cites = [walker, semantics('5. The fetch path')]

const last = ({ walk }: Walking): Step => walk.steps[walk.steps.length - 1] as Step // an entry was read
const shown = (cells: Walking) => ({ level: last(cells).level, entry: last(cells).entry })

const present: Premise<Walking> = premise(
  'present',
  { holds: 'the entry is present', fails: 'the entry is not present' },
  cells => (last(cells).entry & PRESENT) !== 0n,
  shown,
)
const reservedHere = (cells: Walking): bigint => {
  const { level, entry } = last(cells)
  const { reserved, largePages } = regimeIn(cells)
  const large = level > 1 && largePages && (entry & 0x80n) !== 0n
  return entry & ((large ? reserved.large : reserved.table)[level] ?? 0n)
}
const unreserved: Premise<Walking> = premise(
  'no-reserved-bit',
  { holds: 'the entry has no reserved bit set', fails: 'the entry has a reserved bit set' },
  cells => reservedHere(cells) === 0n,
  cells => ({ ...shown(cells), set: reservedHere(cells) }),
)
const ends: Premise<Walking> = premise(
  'last-entry',
  { holds: 'the entry points to a page', fails: 'the entry points to a table' },
  cells => {
    const { level, entry } = last(cells)
    return level === 1 || isLarge(entry, level, regimeIn(cells))
  },
  shown,
)

/** Rights are those of all entries together; PAE's top entries have none to give. */
const accumulated = (cells: Walking) => {
  const { level, entry } = last(cells)
  const { user, writable, executable } = cells.walk
  if (regimeIn(cells).paging === 'pae' && level === 3) return { user, writable, executable }
  return {
    user: user && (entry & USER) !== 0n,
    writable: writable && (entry & WRITABLE) !== 0n,
    executable: executable && (entry & NO_EXECUTE) === 0n,
  }
}

/** What an entry says, in KVM's order: present, then reserved bits; rights only when the last was read. */
export const entries: readonly Rule<Cells>[] = [
  at('entry', {
    id: 'walk.not-present',
    says: 'An entry that is not present is a page fault with P clear, whatever its other bits.',
    cites,
    when: [not(present)],
    rewrite: faulting(0),
  }),
  at('entry', {
    id: 'walk.reserved',
    says: 'A reserved bit in a present entry is a page fault with P and RSVD, before anything below is looked at.',
    cites,
    when: [present, not(unreserved)],
    rewrite: faulting(PF_PRESENT | PF_RESERVED),
  }),
  at('entry', {
    id: 'walk.level',
    says: 'An entry that points to a table leads one level down, and its rights are kept for the end.',
    cites,
    when: [present, unreserved, not(ends)],
    rewrite: cells => {
      const { level, entry } = last(cells)
      return seek(cells, 'table', { level: level - 1, gfn: frameOf(entry), ...accumulated(cells) })
    },
  }),
  at('entry', {
    id: 'walk.leaf',
    says: 'The last entry gives the frame; what is above its page size comes from it, the rest from the address.',
    cites,
    when: [present, unreserved, ends],
    rewrite: cells => {
      const { level, entry } = last(cells)
      const gfn = finalFrame(entry, level, regimeIn(cells).paging, cells.walk.la)
      return onward(cells, { at: 'rights', gfn, ...accumulated(cells) })
    },
  }),
]
