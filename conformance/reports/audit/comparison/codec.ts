import * as t from 'io-ts'

/** One thing that two audits count. Later changes may be called something else again: REPORT.md says how to read those. */
export const ComparedRow = t.type({
  what: t.string,
  old: t.number,
  new: t.number,
  change: t.union([t.literal('better'), t.literal('worse'), t.literal('same'), t.literal('neutral')]),
})

/** What got better or worse from one recording to another. */
export const AuditComparison = t.type({
  schema: t.literal('memslot-audit-comparison'),
  version: t.literal(1),
  oldFile: t.string,
  newFile: t.string,
  oldVerdict: t.string,
  newVerdict: t.string,
  /** Less is better in every row, except where a change is `neutral`. */
  rows: t.array(ComparedRow),
})

export type ComparedRow = t.TypeOf<typeof ComparedRow>
export type AuditComparison = t.TypeOf<typeof AuditComparison>
