import { type BenchReport, BenchReportCodec } from '../../reports/bench/codec.js'
import { renderBench } from '../../reports/bench/text.js'
import type { Draw } from './draw.js'
import { groupRows } from './group.js'
import { plotSpec } from './plot-spec.js'

/** A file of the results, by its name within their directory. */
export interface ResultFile {
  readonly name: string
  readonly text: string
}

const REGENERATE = 'npx memslot bench --results conformance/bench/results/measured'

/** The page of a report, its plots, and the report itself: whatever is shown can be computed again from the last. */
export const resultFiles = async (report: BenchReport, draw: Draw): Promise<readonly ResultFile[]> => {
  const groups = groupRows(report.rows)
  const files: ResultFile[] = []
  const sections: string[] = []
  for (const group of groups) {
    const spec = plotSpec(group)
    const plot = `${group.name}.svg`
    if (spec !== null) files.push({ name: plot, text: `${await draw(spec)}\n` })
    const only = renderBench({ ...report, rows: group.rows }, { color: false })
    sections.push(
      [
        `## ${group.name}`,
        ...(spec === null ? [] : [`![the ratios of ${group.name}](${plot})`]),
        `\`\`\`\n${only}\n\`\`\``,
      ].join('\n\n'),
    )
  }
  const page = [
    '# What was measured',
    `Regenerate with \`${REGENERATE}\`, on a machine that does nothing else: subject and peers of a row are timed in turn in one run, and it is the ratios that tell.`,
    'In the plots a dot is the median ratio, a bar its quartiles, a black tick the target.',
    'Why rows miss their targets: [MISSED.md](../MISSED.md).',
    ...sections,
  ].join('\n\n')
  return [
    { name: 'README.md', text: `${page}\n` },
    ...files,
    { name: 'report.json', text: `${JSON.stringify(BenchReportCodec.encode(report), null, 1)}\n` },
  ]
}
