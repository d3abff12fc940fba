import { not, type Premise, premise, type Rule, type Sentences } from '../../rewrite/index.js'
import type { Cells } from '../../terms/cells.js'
import { ACCESSED, DIRTY, PF_KEY, PF_PRESENT } from '../../terms/paging/bits.js'
import { entrySize, keyOf, readEntry, writeEntry } from '../../terms/paging/entry.js'
import type { Slot } from '../../terms/slot.js'
import { onward, type Step, seek, type Walking } from '../../terms/walking.js'
import { linux, semantics } from '../cite.js'
import { at, badHva, belowSecondStage, faulting, regimeIn, walker } from './station.js'
import { hostPage, hostRights, marked, slotIn } from './target.js'

const cites = [walker, semantics('5. The fetch path')]

const shown = (cells: Walking) => {
  const { user, writable, executable, use } = cells.walk
  const { user: asUser, smep, smap, wp } = regimeIn(cells)
  return { use, asUser, user, writable, executable, smep, smap, wp }
}
const check = (name: string, says: Sentences, holds: (cells: Walking) => boolean): Premise<Walking> =>
  premise(name, says, holds, shown)

const ofUse = (...uses: readonly Walking['walk']['use'][]): Premise<Walking> =>
  check(
    `use-${uses.join('-')}`,
    { holds: `the access is a ${uses.join(' or ')}`, fails: `the access is not a ${uses.join(' or ')}` },
    ({ walk }) => uses.includes(walk.use),
  )
const fetches = ofUse('fetch')
const writes = ofUse('write')

const userMay = check(
  'user-may',
  {
    holds: 'the CPL is below 3, or U is set in every entry',
    fails: 'the CPL is 3, and U is clear in an entry',
  },
  cells => !regimeIn(cells).user || cells.walk.user,
)
const executable = check(
  'executable',
  { holds: 'NX is clear in every entry', fails: 'NX is set in an entry' },
  ({ walk }) => walk.executable,
)
const smepAllows = check(
  'smep-allows',
  {
    holds: 'CR4.SMEP is clear, the CPL is 3, or U is clear in an entry',
    fails: 'CR4.SMEP is set, the CPL is below 3, and U is set in every entry',
  },
  cells => !regimeIn(cells).smep || regimeIn(cells).user || !cells.walk.user,
)
const smapAllows = check(
  'smap-allows',
  {
    holds: 'SMAP is not in force, the CPL is 3, or U is clear in an entry',
    fails: 'SMAP is in force, the CPL is below 3, and U is set in every entry',
  },
  cells => !regimeIn(cells).smap || regimeIn(cells).user || !cells.walk.user,
)
const mayWrite = check(
  'may-write',
  {
    holds: 'R/W is set in every entry, or the CPL is below 3 and CR0.WP clear',
    fails: 'R/W is clear in an entry, and the CPL is 3 or CR0.WP is set',
  },
  cells => cells.walk.writable || (!regimeIn(cells).user && !regimeIn(cells).wp),
)

/** The two bits that PKRU has for the key of a user page: deny access, deny writing. Null where no key counts. */
const keyBits = (
  cells: Walking,
): { readonly key: number; readonly ad: boolean; readonly wd: boolean } | null => {
  const { pkru } = regimeIn(cells)
  const leaf = cells.walk.steps.at(-1)
  if (pkru === null || leaf === undefined || !cells.walk.user) return null
  const key = keyOf(leaf.entry)
  const bits = pkru >> BigInt(2 * key)
  return { key, ad: (bits & 1n) !== 0n, wd: (bits & 2n) !== 0n }
}
const shownKey = (cells: Walking) => {
  const { pkru, user: asUser, wp } = regimeIn(cells)
  return { pkru: pkru ?? 'not in use', ...keyBits(cells), user: cells.walk.user, asUser, wp }
}
const keyLetsRead = premise<Walking>(
  'key-lets-read',
  {
    holds: 'no protection key counts, or PKRU has AD clear for the page’s key',
    fails: 'PKRU has AD set for the protection key of the user page',
  },
  cells => keyBits(cells)?.ad !== true,
  shownKey,
)
const keyLetsWrite = premise<Walking>(
  'key-lets-write',
  {
    holds:
      'no protection key counts, or PKRU has AD clear for the page’s key, and WD clear or the CPL below 3 and CR0.WP clear',
    fails:
      'PKRU has AD set for the protection key of the user page, or WD, and the CPL is 3 or CR0.WP is set',
  },
  cells => {
    const { user, wp } = regimeIn(cells)
    const bits = keyBits(cells)
    return bits === null || !(bits.ad || (bits.wd && (user || wp)))
  },
  shownKey,
)
/** PK is told whenever the key denies an access of data, also where something else denies it too. */
const keyFault = (cells: Walking): number => {
  if (cells.walk.use === 'fetch') return 0
  return (cells.walk.use === 'write' ? keyLetsWrite : keyLetsRead).holds(cells) ? 0 : PF_KEY
}

const denied = (id: string, says: string, when: readonly Premise<Walking>[]): Rule<Cells> =>
  at('rights', {
    id,
    says,
    cites,
    when,
    rewrite: cells => faulting(PF_PRESENT | keyFault(cells))(cells),
  })

/** Entries whose bits the access wants set and that lack them, top-down. */
const lacking = ({ walk }: Walking, paging: string): readonly Step[] => {
  const lowest = walk.steps.at(-1)?.level
  return walk.steps.filter(({ level, entry }) => {
    if (paging === 'pae' && level === 3) return false
    const wanted = level === lowest && walk.use === 'write' ? ACCESSED | DIRTY : ACCESSED
    return (entry & wanted) !== wanted
  })
}

/** On to the next bit that is to be set, or with none left to what the address is wanted for. */
const on = (cells: Walking, unset: readonly Step[]): Walking =>
  unset.length === 0 ? onward(cells, { at: 'translated', unset }) : seek(cells, 'accessed', { unset })

const allowed = (id: string, says: string, when: readonly Premise<Walking>[]): Rule<Cells> =>
  at('rights', {
    id,
    says,
    cites,
    when,
    rewrite: cells => {
      const unset = lacking(cells, regimeIn(cells).paging)
      return on(cells, unset)
    },
  })

/** Rights are asked when every entry was found present and sound, never on the way down. */
export const rights: readonly Rule<Cells>[] = [
  denied('walk.denied-user', 'CPL 3 needs U in every entry.', [not(userMay)]),
  denied('walk.denied-nx', 'Nothing is fetched where an entry has NX.', [userMay, fetches, not(executable)]),
  denied('walk.denied-smep', 'With SMEP a supervisor fetches from no user page.', [
    userMay,
    fetches,
    executable,
    not(smepAllows),
  ]),
  denied('walk.denied-smap', 'With SMAP a supervisor touches no user page’s data, unless EFLAGS.AC is set.', [
    userMay,
    not(fetches),
    not(smapAllows),
  ]),
  denied('walk.denied-write', 'A write needs R/W in every entry, but for a supervisor without CR0.WP.', [
    userMay,
    not(fetches),
    smapAllows,
    writes,
    not(mayWrite),
  ]),
  denied('walk.denied-key', 'A user page whose protection key has AD is not read, at any CPL.', [
    userMay,
    not(fetches),
    smapAllows,
    not(writes),
    not(keyLetsRead),
  ]),
  denied(
    'walk.denied-key-write',
    'A user page whose protection key has AD is not written, and one whose key has WD only by a supervisor without CR0.WP.',
    [userMay, not(fetches), smapAllows, writes, mayWrite, not(keyLetsWrite)],
  ),
  allowed(
    'walk.may-fetch',
    'A fetch is allowed where U, NX and SMEP allow it; R/W, CR0.WP, SMAP and protection keys do not count.',
    [userMay, fetches, executable, smepAllows],
  ),
  allowed(
    'walk.may-read',
    'A read is allowed where U, SMAP and the protection key allow it; NX does not count.',
    [userMay, not(fetches), smapAllows, not(writes), keyLetsRead],
  ),
  allowed(
    'walk.may-write',
    'A write is allowed where U, SMAP, R/W and the protection key allow it; NX does not count.',
    [userMay, not(fetches), smapAllows, writes, mayWrite, keyLetsWrite],
  ),
]

const next = ({ walk }: Walking): Step => walk.unset[0] as Step // there is one at this station
const slotOfTable = (cells: Walking): Slot | null => slotIn(cells, next(cells).gfn)
const standing = (cells: Walking): bigint => {
  const slot = slotOfTable(cells)
  const { gfn, offset } = next(cells)
  const size = entrySize(regimeIn(cells).paging)
  return slot === null ? -1n : readEntry(cells.memory, hostPage(slot, gfn), offset, size)
}
const tableWritable: Premise<Walking> = premise(
  'table-writable',
  { holds: 'the slot behind the table is not read-only', fails: 'the slot behind the table is read-only' },
  cells => slotOfTable(cells)?.ro !== true,
  cells => ({ gfn: next(cells).gfn, slot: slotOfTable(cells) }),
)
const hostWritable: Premise<Walking> = premise(
  'table-host-writable',
  { holds: 'the host can write the page of the table', fails: 'the host cannot write the page of the table' },
  cells => hostRights(cells, next(cells).gfn).write,
  cells => ({ gfn: next(cells).gfn, host: hostRights(cells, next(cells).gfn) }),
)
const unchanged: Premise<Walking> = premise(
  'unchanged',
  { holds: 'the entry is still what the walk read', fails: 'the entry is no longer what the walk read' },
  cells => standing(cells) === next(cells).entry,
  cells => ({ level: next(cells).level, read: next(cells).entry, stands: standing(cells) }),
)

const passed = (cells: Walking): Walking => {
  const unset = cells.walk.unset.slice(1)
  return on(cells, unset)
}

/** Sets accessed, and dirty in the last entry of a write; the page of the table counts as written. */
export const withBits = (cells: Walking, { gfn, offset, level, entry }: Step): Walking => {
  const { paging } = regimeIn(cells)
  const slot = slotIn(cells, gfn) as Slot // the entry was read from it
  const last = level === cells.walk.steps.at(-1)?.level
  const value = entry | ACCESSED | (last && cells.walk.use === 'write' ? DIRTY : 0n)
  const memory = writeEntry(cells.memory, hostPage(slot, gfn), offset, entrySize(paging), value)
  return marked(onward(cells, {}, memory), gfn)
}

/** Accessed and dirty bits: of all entries, but only of an access that is allowed. */
export const accessed: readonly Rule<Cells>[] = [
  at('accessed', {
    id: 'walk.accessed',
    says: 'An entry’s accessed bit, and for a write the last one’s dirty bit, is set where it lies, and its page is marked.',
    cites,
    when: [tableWritable, hostWritable, unchanged],
    rewrite: cells => passed(withBits(cells, next(cells))),
    notes: { omits: 'The look-up for the update is not counted among those of the walk.' },
  }),
  at('accessed', {
    id: 'walk.accessed-read-only',
    says: 'In a read-only slot the bits are left as they are, and the walk goes on.',
    cites,
    when: [not(tableWritable)],
    rewrite: passed,
  }),
  at('accessed', {
    id: 'walk.accessed-bad-hva',
    says: 'A bit that the host cannot write is a page fault with P clear, though every entry allows the access.',
    cites,
    when: [tableWritable, not(hostWritable), not(belowSecondStage)],
    rewrite: faulting(0),
    notes: { why: 'The compare-exchange faults before it compares, and the error code is still empty then.' },
  }),
  at('accessed', {
    id: 'walk.accessed-bad-hva-tdp',
    says: 'Below a second stage a bit that the host cannot write ends KVM_RUN with EFAULT.',
    cites: [linux('arch/x86/kvm/mmu/mmu.c', 'kvm_mmu_faultin_pfn, kvm_handle_error_pfn')],
    kind: 'access',
    when: [tableWritable, not(hostWritable), belowSecondStage],
    rewrite: badHva,
  }),
  at('accessed', {
    id: 'walk.accessed-lost',
    says: 'If an entry has changed since it was read, the walk begins again at the root.',
    cites,
    when: [tableWritable, hostWritable, not(unchanged)],
    rewrite: cells => onward(cells, { at: 'paging' }),
    notes: {
      why: 'The update is a compare-exchange, and fails where a table is its own parent and the walk has set a bit of it before.',
    },
  }),
]
