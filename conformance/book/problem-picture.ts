/** What is mapped at one moment: one slot over both pages, or a slot or nothing at each. */
interface Row {
  readonly when: string
  readonly pages: readonly [string] | readonly [string, string]
}

const LEFT = 96
const PAGE = 116
const PITCH = 44

const boxSvg = (words: string, x: number, y: number, width: number): string =>
  `<rect class="${words === '' ? 'h' : 'm'}" x="${x}" y="${y}" width="${width}" height="32" rx="4"/><text class="${words === '' ? 'b' : 't'}" x="${x + 10}" y="${y + 21}">${words === '' ? 'hole' : words}</text>`

const rowSvg = ({ when, pages }: Row, i: number): string => {
  const y = 30 + i * PITCH
  const width = pages.length === 1 ? 2 * PAGE + 2 : PAGE
  return `<text class="s" x="0" y="${y + 21}">${when}</text>${pages.map((words, page) => boxSvg(words, LEFT + page * (PAGE + 2), y, width)).join('')}`
}

/** A picture that is as wide as a phone, a moment a row. */
const momentsSvg = (title: string, label: string, rows: readonly Row[], below: string): string => {
  const end = 30 + rows.length * PITCH
  return `<svg viewBox="0 0 332 ${end + 22}" role="img" aria-label="${label}">
<text class="t" x="0" y="16">${title}</text>
${rows.map(rowSvg).join('\n')}
${below
  .split('\n')
  .map((line, i) => `<text class="s" x="${LEFT}" y="${end + 2 + i * 17}">${line}</text>`)
  .join('')}
</svg>`
}

const TODAY: readonly Row[] = [
  { when: 'before', pages: ['slot 1'] },
  { when: 'DELETE 1', pages: ['', ''] },
  { when: 'CREATE 1', pages: ['slot 1', ''] },
  { when: 'CREATE 2', pages: ['slot 1', 'slot 2'] },
]

const BATCH: readonly Row[] = [
  { when: 'before', pages: ['slot 1'] },
  { when: 'BATCH', pages: ['slot 1', 'slot 2'] },
]

const SPLIT = 'A slot of two pages is split. Both pages are mapped before and after, to the same memory.'

/** The problem in one picture: what guest-physical memory looks like while a slot is split by three calls, and by a batch. */
export const PROBLEM_PICTURE = `<figure class="moments">
<div>${momentsSvg(
  'Today: three calls',
  'Today: a slot of two pages is deleted and two are created. After the deletion both pages are missing, after the first creation one of them. A vCPU that fetches from a missing page exits with an emulation failure.',
  TODAY,
  'a vCPU that fetches from a hole exits:\nemulation failure',
)}${momentsSvg(
  'A batch: one call',
  'A batch: one publication leads from the one slot to the two. Both pages are mapped at every moment, and no access waits.',
  BATCH,
  'both pages stay mapped,\nand no access waits',
)}</div>
<figcaption class="hint">${SPLIT}</figcaption></figure>`

const boxText = (words: string, width: number): string =>
  `[ ${(words === '' ? 'hole' : words).padEnd(width)}]`
const rowText = ({ when, pages }: Row): string =>
  `${when.padEnd(11)}${pages.map(words => boxText(words, pages.length === 1 ? 19 : 8)).join('')}`

/** The same in letters. */
export const PROBLEM_TEXT = [
  SPLIT,
  '',
  'Today: three calls. A vCPU that fetches from a hole exits with an emulation failure.',
  ...TODAY.map(rowText),
  '',
  'A batch: one call. Both pages stay mapped, and no access waits.',
  ...BATCH.map(rowText),
].join('\n')
