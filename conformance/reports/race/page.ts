import { escaped } from '../html/escaped.js'
import { pageHtml } from '../html/page.js'
import { tableHtml } from '../html/table.js'
import type { RaceReport } from './codec.js'
import { BY, kernelWords, trialCell } from './words.js'

const STYLE = `
details pre { overflow-x: auto; font-size: .8rem; line-height: 1.35; }
`

/** Every edit, access and path that was raced anywhere, in the order of the first kernel that has it. */
const combinations = ({ kernels }: RaceReport) => {
  const found = new Map<string, RaceReport['kernels'][number]['trials'][number]>()
  for (const { trials } of kernels)
    for (const trial of trials) {
      const key = `${trial.path} ${trial.edit} ${trial.access}`
      if (!found.has(key)) found.set(key, trial)
    }
  return [...found.values()]
}

const runs = (report: RaceReport): string => {
  const byRun = new Map<string, string[]>()
  for (const { edit, access, path, run } of combinations(report)) {
    if (run === null) continue
    const said = `${access} by ${BY[path]}, beside ${edit}`
    byRun.set(run, [...(byRun.get(run) ?? []), said])
  }
  return [...byRun]
    .map(
      ([run, saids]) =>
        `<details><summary>${escaped(saids.join('; '))}</summary><div><pre>${escaped(run)}</pre></div></details>`,
    )
    .join('\n')
}

/** A race as a page: kernels side by side, and the runs that predict what was seen. */
export const racePage = (report: RaceReport): string => {
  const { kernels, edits, failed } = report
  const table = tableHtml('Seen beside an edit', {
    columns: [
      { head: 'beside' },
      { head: 'access' },
      { head: 'by' },
      ...kernels.map(kernel => ({ head: kernel.target, title: kernelWords(kernel) })),
    ],
    rows: combinations(report).map(({ edit, access, path }) => [
      edit,
      access,
      BY[path],
      ...kernels.map(({ trials }) =>
        trialCell(trials.find(one => one.edit === edit && one.access === access && one.path === path)),
      ),
    ]),
  })
  const body = `<p>One vCPU makes one access in a loop while another thread makes an edit of slots by single calls, again and again.
A percentage says during how many of the edits a page that is mapped before and after was seen as a hole, and as what.
What the explorer allows stands where a pointer rests on a cell; <span class="bad">✗</span> is outside of it.</p>
<ul class="notes">${kernels.map(kernel => `<li>${escaped(kernelWords(kernel))}</li>`).join('')}${kernels
    .flatMap(({ target, leftOut }) =>
      leftOut.map(({ what, because }) => `<li>${escaped(`${target}: not raced: ${what}: ${because}`)}</li>`),
    )
    .join(
      '',
    )}${failed.map(({ target, because }) => `<li class="bad">${escaped(`${target}: ${because}`)}</li>`).join('')}</ul>
${table}
${tableHtml('Edits', { columns: [{ head: 'edit' }, { head: 'what is done', kind: 'prose' }], rows: edits.map(e => [e.id, e.says]) })}
<h2>The runs that predict it</h2>
<p>The shortest that the explorer finds, of Linux as it is.</p>
${runs(report)}`
  return pageHtml({ title: 'memslot race', style: STYLE, body })
}
