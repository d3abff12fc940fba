import { not, type Premise, premise, type Rule } from '../../rewrite/index.js'
import type { Cells } from '../../terms/cells.js'
import { PRESENT } from '../../terms/paging/bits.js'
import { frameOf } from '../../terms/paging/entry.js'
import type { Paging } from '../../terms/paging/mode.js'
import { onward, seek, type Walking } from '../../terms/walking.js'
import { linux, semantics } from '../cite.js'
import { at, byHardware, faulting, regimeIn, walker } from './station.js'

const cites = [walker, semantics('5. The fetch path')]

const pages = (paging: Paging): Premise<Walking> =>
  premise(
    paging === 'none' ? 'paging-off' : `paging-${paging}`,
    paging === 'none'
      ? { holds: 'CR0.PG is clear', fails: 'CR0.PG is set' }
      : {
          holds: `the registers say ${paging} paging`,
          fails: `the registers do not say ${paging} paging`,
        },
    cells => regimeIn(cells).paging === paging,
    cells => ({ paging: regimeIn(cells).paging }),
  )
const off = pages('none')
export const pae = pages('pae')
const topsInMemory: Premise<Walking> = premise(
  'pdptes-in-memory',
  {
    holds: 'PAE’s top entries are in memory only, as under AMD’s nested paging',
    fails: 'PAE’s top entries are in registers',
  },
  cells => regimeIn(cells).pdptesInMemory,
  cells => ({ amd: cells.walk.loaded?.cpu.amd, secondStage: cells.params.secondStage }),
)
const topsKnown: Premise<Walking> = premise(
  'pdptes-known',
  {
    holds: 'the top entries are in registers, or KVM has read them from memory in this exit',
    fails: 'the top entries are in memory only, and KVM has not read them in this exit',
  },
  cells => !topsInMemory.holds(cells) || (!byHardware.holds(cells) && cells.walk.tops !== 'unread'),
  cells => ({ ...topsInMemory.shows(cells), tops: cells.walk.tops }),
)
const pdpteOf = ({ walk }: Walking): bigint => walk.loaded?.pdptes[Number((walk.la >> 30n) & 3n)] ?? 0n
const pdptePresent: Premise<Walking> = premise(
  'pdpte-present',
  {
    holds: 'the top entry of the address’s gigabyte is present',
    fails: 'the top entry of the address’s gigabyte is not present',
  },
  cells => (pdpteOf(cells) & PRESENT) !== 0n,
  cells => ({ pdpte: pdpteOf(cells) }),
)

/** Every walk begins with nothing read and all rights. */
export const nothingRead = {
  steps: [],
  unset: [],
  user: true,
  writable: true,
  executable: true,
  error: 0,
} as const

/** In which paging mode the way begins, and at what table. */
export const beginnings: readonly Rule<Cells>[] = [
  at('paging', {
    id: 'walk.no-paging',
    says: 'Without paging a linear address is the physical one.',
    cites,
    when: [off],
    rewrite: cells =>
      onward(cells, { ...nothingRead, at: 'translated', level: 0, gfn: Number(cells.walk.la >> 12n) }),
  }),
  ...(['32-bit', '4-level', '5-level'] as const).map(paging =>
    at('paging', {
      id: `walk.${paging}`,
      says: `In ${paging} paging the first table is the one CR3 points to.`,
      cites,
      when: [pages(paging)],
      rewrite: cells => {
        const { top, root } = regimeIn(cells)
        return seek(cells, 'table', { ...nothingRead, level: top, gfn: root })
      },
    }),
  ),
  at('paging', {
    id: 'walk.pae',
    says: 'PAE begins at the directory that the top entry of the address’s gigabyte points to, as KVM has it; it gives no rights.',
    cites,
    when: [pae, topsKnown, pdptePresent],
    rewrite: cells => seek(cells, 'table', { ...nothingRead, level: 2, gfn: frameOf(pdpteOf(cells)) }),
    notes: { why: 'Memory at CR3 may have changed since: the registers change only when they are loaded.' },
  }),
  at('paging', {
    id: 'walk.pae-absent',
    says: 'A top entry of PAE that is not present is a page fault with P clear.',
    cites,
    when: [pae, topsKnown, not(pdptePresent)],
    rewrite: cells => faulting(0)(onward(cells, nothingRead)),
  }),
  at('paging', {
    id: 'walk.pae-from-memory',
    says: 'On AMD a processor below nested paging reads the one top entry that it needs, at each walk, as any table.',
    cites,
    when: [pae, topsInMemory, byHardware],
    rewrite: cells => seek(cells, 'table', { ...nothingRead, level: 3, gfn: regimeIn(cells).root }),
  }),
  at('paging', {
    id: 'walk.pae-reload',
    says: 'On AMD, below nested paging, KVM’s own walker loads all four top entries from memory at CR3, once in each exit.',
    cites: [linux('arch/x86/kvm/svm/svm.c', 'svm_cache_reg')],
    when: [pae, not(byHardware), not(topsKnown)],
    rewrite: cells => seek(cells, 'tops', { gfn: regimeIn(cells).root }),
    notes: {
      why: 'Below AMD’s nested paging the guest may have changed them without an exit.',
    },
  }),
]
