import type { Column } from '../../table.js'
import type { ReportBatch, ReportClasses, ReportEntry } from '../codec.js'
import { showFlags } from './flags.js'
import { bytes, grouped, percent, plural, range } from './units.js'

export const CLASS_MEANING: Readonly<Record<keyof ReportClasses, string>> = {
  kept: 'not blocked, not touched',
  appeared: 'hole before, mapped after',
  vanished: 'mapped before, hole after',
  redirected: 'other memory behind it',
  restricted: 'writable before, read-only after',
  logged: 'logging switched on',
  relaxed: 'read-only before and writable after, or only the logging changes',
}

/** What a table of a batch's entries says of each. */
export const ENTRY_COLUMNS: readonly Column[] = [
  { head: 'do' },
  { head: 'slot', kind: 'number' },
  { head: 'guest addresses' },
  { head: 'size', kind: 'number' },
  { head: 'host address' },
  { head: 'flags' },
]

/** An entry of a batch: `set 2  0xc0000-0xd7fff  96 KiB  hva 0x7f…  RO`. */
export const entryCells = (entry: ReportEntry): readonly string[] =>
  entry.do === 'remove'
    ? ['remove', String(entry.id), '', '', '', '']
    : [
        'set',
        String(entry.id),
        range(entry),
        bytes(BigInt(entry.size)),
        entry.hva,
        entry.flags === 0 ? '' : showFlags(entry.flags),
      ]

/** Pages mapped before the batch. */
export const mappedBefore = ({ classes }: ReportBatch): number =>
  classes.kept + classes.vanished + classes.redirected + classes.restricted + classes.logged + classes.relaxed

/** `kept 131 064 (99.96 %), redirected 40`: classes that have no page are left out. */
export const classesLine = (batch: ReportBatch): string => {
  const before = mappedBefore(batch)
  const share = before === 0 ? '' : ` (${percent(batch.classes.kept, before)} of what was mapped)`
  const kept = `kept ${grouped(batch.classes.kept)}${share}`
  const names = Object.keys(CLASS_MEANING) as (keyof ReportClasses)[]
  const others = names
    .filter(name => name !== 'kept' && batch.classes[name] > 0)
    .map(name => `${name} ${grouped(batch.classes[name])}`)
  return [kept, ...others].join(', ')
}

/** What becomes of the pages that the recorded calls unmapped for a while. */
export const sparedLine = ({ unmapped, unmappedKept }: ReportBatch): string | null =>
  unmapped === 0
    ? null
    : `of ${plural(unmapped, 'page')} that the calls unmapped in between, the batch leaves ${grouped(unmappedKept)} (${percent(unmappedKept, unmapped)}) alone`

/** What becomes of dirty bits: told where an update deleted a logged slot. */
export const logLine = ({ logged, retired }: ReportBatch): string =>
  retired === 0
    ? `dirty log: the batch carries the bits of all ${plural(logged, 'logged page')} over, and none is lost`
    : `dirty log: of ${plural(logged, 'logged page')} the batch carries the bits of ${grouped(logged - retired)} over and hands those of ${grouped(retired)} to the caller, and none is lost`
