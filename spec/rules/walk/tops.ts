import { not, type Premise, premise, type Rule } from '../../rewrite/index.js'
import type { Cells, Machine } from '../../terms/cells.js'
import type { U64 } from '../../terms/numbers.js'
import { PRESENT } from '../../terms/paging/bits.js'
import { readEntry } from '../../terms/paging/entry.js'
import type { Loaded } from '../../terms/paging/loaded.js'
import type { Cpu } from '../../terms/paging/registers.js'
import { reservedInPdpte } from '../../terms/paging/reserved.js'
import type { Slot } from '../../terms/slot.js'
import { onward, type Walking } from '../../terms/walking.js'
import { linux } from '../cite.js'
import { at } from './station.js'
import { hostPage, mapped, notMapped, readable, target } from './target.js'

/** PAE's four top entries, as they stand in the page of a slot at CR3. */
export const topEntriesAt = (
  memory: Machine['memory'],
  slot: Slot,
  gfn: number,
  cr3: bigint,
): readonly U64[] => {
  const from = Number(cr3 & 0xfe0n)
  return [0, 8, 16, 24].map(i => readEntry(memory, hostPage(slot, gfn), from + i, 8) as U64)
}

/** Whether no present one of them has a reserved bit. */
export const areSound = (entries: readonly bigint[], cpu: Cpu): boolean =>
  entries.every(entry => (entry & PRESENT) === 0n || (entry & reservedInPdpte(cpu)) === 0n)

const loadedIn = ({ walk }: Walking): Loaded => walk.loaded as Loaded // a walk has registers
const standing = (cells: Walking): readonly U64[] => {
  const slot = target(cells)
  return slot === null ? [] : topEntriesAt(cells.memory, slot, cells.walk.gfn, loadedIn(cells).cr3)
}
const sound: Premise<Walking> = premise(
  'top-entries-sound',
  {
    holds: 'no present top entry has a reserved bit set',
    fails: 'a present top entry has a reserved bit set',
  },
  cells => areSound(standing(cells), loadedIn(cells).cpu),
  cells => ({ entries: standing(cells) }),
)

/** On with all four as they stand in memory: they are the vCPU's from now on. */
const withTops = (cells: Walking): Walking => {
  const loaded: Loaded = { ...loadedIn(cells), pdptes: standing(cells) }
  const { vcpu } = cells.walk
  const vcpus = cells.vcpus.map(v => (v.id === vcpu?.id ? { ...v, image: loaded } : v))
  return { ...onward(cells, { at: 'paging', loaded, tops: 'read', lookups: cells.walk.lookups + 1 }), vcpus }
}

/** On with the entries loaded before. The next walk reads memory again. */
export const withTopsKept = (cells: Walking): Walking =>
  onward(cells, { at: 'paging', tops: 'kept', lookups: cells.walk.lookups + 1 })

const cites = [linux('arch/x86/kvm/x86.c', 'load_pdptrs'), linux('arch/x86/kvm/svm/svm.c', 'svm_cache_reg')]

const kept = (id: string, says: string, when: readonly Premise<Walking>[]): Rule<Cells> =>
  at('tops', { id, says, cites, when, rewrite: withTopsKept })

/** What KVM's walker has for PAE's top entries where no register keeps them. */
export const topRules: readonly Rule<Cells>[] = [
  at('tops', {
    id: 'pdptes.loaded',
    says: 'All four top entries are those in memory at CR3, in whatever slot it is, and stay the vCPU’s.',
    cites,
    when: [mapped, readable, sound],
    rewrite: withTops,
  }),
  kept(
    'pdptes.kept-no-slot',
    'Where CR3 points into a hole the top entries stay as they were loaded before, and no error is reported.',
    [notMapped],
  ),
  kept(
    'pdptes.kept-bad-hva',
    'The top entries stay as they were loaded before where the host cannot read the page.',
    [mapped, not(readable)],
  ),
  kept(
    'pdptes.kept-reserved',
    'All four top entries stay as they were loaded before where a present one has a reserved bit set.',
    [mapped, readable, not(sound)],
  ),
]
