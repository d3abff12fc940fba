import { replaceAll } from '../../spec/terms/build-batch.js'
import { sourceless } from '../../spec/terms/carry.js'
import type { BatchEntry } from '../../spec/terms/operation.js'
import { type Classes, classify, type MappedClass } from '../../spec/terms/page-class.js'
import { countPages, intersect, type PageSet, runsOf, union } from '../../spec/terms/page-set.js'
import type { Space } from '../../spec/terms/space.js'
import type { ReportBatch, ReportEntry } from '../reports/audit/codec.js'
import { deltaOf } from './delta.js'
import { hex, hexOfPages } from './set-call.js'

/** More than this is counted, not listed. */
const LISTED_ENTRIES = 2048
const LISTED_RANGES = 256

const reportEntry = ({ do: what, id, gpa, size, hva, flags }: BatchEntry): ReportEntry =>
  what === 'remove'
    ? { do: what, id }
    : { do: what, id, gpa: hex(gpa), size: hex(size), hva: hex(hva), flags }

const rangesOf = (classes: Classes): ReportBatch['ranges'] =>
  (Object.entries(classes) as [MappedClass, PageSet][])
    .filter(([name]) => name !== 'kept')
    .flatMap(([name, pages]) =>
      runsOf(pages).map(([first, count]) => ({
        class: name,
        gpa: hexOfPages(first),
        size: hexOfPages(count),
      })),
    )

/** The batch that does to one space what an update did, without a window, and what it does to the pages. */
export const batchInstead = (
  as: number,
  before: Space,
  after: Space,
  windows: readonly { readonly as: number; readonly pages: PageSet }[],
): ReportBatch => {
  const entries = replaceAll(before.slots, after.slots).map(reportEntry)
  const classes = classify(before.slots, after.slots)
  const ranges = rangesOf(classes)
  const unmapped = windows
    .filter(window => window.as === as)
    .reduce<PageSet>((all, window) => union(all, window.pages), [])
  const logged = before.slots.filter(slot => slot.log)
  // A slot that stays as it is keeps its bits; asking that of each slot would cost the square of their number.
  const ended = deltaOf(before, after).removed.filter(slot => slot.log)
  const count = (name: MappedClass) => countPages(classes[name])
  return {
    as,
    entries: entries.slice(0, LISTED_ENTRIES),
    moreEntries: Math.max(0, entries.length - LISTED_ENTRIES),
    classes: {
      kept: count('kept'),
      appeared: count('appeared'),
      vanished: count('vanished'),
      redirected: count('redirected'),
      restricted: count('restricted'),
      logged: count('logged'),
      relaxed: count('relaxed'),
    },
    ranges: ranges.slice(0, LISTED_RANGES),
    moreRanges: Math.max(0, ranges.length - LISTED_RANGES),
    unmapped: countPages(unmapped),
    unmappedKept: countPages(intersect(unmapped, classes.kept)),
    logged: logged.reduce((sum, slot) => sum + slot.npages, 0),
    retired: ended.reduce((sum, slot) => sum + countPages(sourceless(slot, after.slots)), 0),
  }
}
