import junit, { type Builder } from 'junit-report-builder'
import { counted } from '../../../spec/terms/counted.js'
import { printable } from '../printable.js'
import { byFamily } from './case-family.js'
import type { ConformReport } from './codec.js'

/** The package's types name a default export that, being CommonJS, it does not have: its export is the builder. */
const builder = junit as unknown as Builder

/** Text for a section of character data, which the builder writes as it is: its end is cut in two. */
const inSection = (text: string): string => text.replaceAll(']]>', ']]]]><![CDATA[>')

/**
 * A run of the suite as JUnit XML: a suite for each family, a test for each case. A case that was not reached, because
 * the run was interrupted, counts as skipped.
 */
export const junitOf = (report: ConformReport, ids: readonly string[]): string => {
  const { target, deviations, skips, seconds, interrupted } = report
  const failed = new Map(deviations.map(deviation => [deviation.case, deviation]))
  const skipped = new Set(skips.flatMap(skip => skip.ids ?? []))
  const reached = interrupted ? new Set(ids.slice(0, report.total)) : new Set(ids)
  const root = builder.newBuilder().name(printable(`memslot conform ${target}`))
  const families = byFamily([...ids, ...[...failed.keys()].filter(id => !ids.includes(id))])
  for (const [family, members] of families) {
    const suite = root.testSuite().name(family)
    for (const id of members) {
      const test = suite.testCase().className(family).name(id)
      const deviation = failed.get(id)
      if (deviation !== undefined) {
        const { seen, allowed, explanation, fault } = deviation
        const type = fault === undefined ? 'deviation' : 'fault'
        test.failure(printable(`seen ${seen}; allowed are only ${allowed.join('; or ')}`), type)
        test.stacktrace(inSection(printable(explanation)))
      } else if (skipped.has(id) || !reached.has(id)) test.skipped()
    }
  }
  const run = root.testSuite().name('run').time(seconds)
  for (const { reason, cases } of skips)
    run.property('skipped', printable(`${counted(cases, 'case')}: ${reason}`))
  return root.build()
}
