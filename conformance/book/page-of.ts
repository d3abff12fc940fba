import { escaped } from '../reports/html/escaped.js'
import { PRINT_STYLE, STYLE } from '../reports/html/style.js'
import { BOOK_STYLE } from './style.js'

/** A page of the book before it is framed. */
export interface BookPage {
  /** The name of its file. */
  readonly file: string
  readonly title: string
  /** HTML: whatever text is in it has been escaped. */
  readonly body: string
  readonly style?: string
  readonly broad?: boolean
  /** The pages before and after it, in the order of reading. */
  readonly before?: NavEntry
  readonly after?: NavEntry
  /** A script of our own, put into the page: a page that is opened from disk may load no modules. */
  readonly script?: string
}

export interface NavEntry {
  readonly file: string
  readonly title: string
  /** Shown where there is room for few. */
  readonly often?: boolean
}

/** The way from a page in a folder up to the others. */
const upFrom = (file: string): string => '../'.repeat(file.split('/').length - 1)

const navHtml = (entries: readonly NavEntry[], current: string): string =>
  `<nav class="book" aria-label="book">${entries
    .map(
      ({ file, title, often }) =>
        `<a href="${upFrom(current)}${file}"${often === true ? ' class="often"' : ''}${file === current ? ' aria-current="page"' : ''}>${escaped(title)}</a>`,
    )
    .join('')}</nav>`

/** The way on, at the end of a page that is read in order. */
const turnHtml = ({ before, after }: BookPage): string =>
  before === undefined && after === undefined
    ? ''
    : `<nav class="turn" aria-label="order of reading"><span>${before === undefined ? '' : `<a href="${before.file}" rel="prev">← ${escaped(before.title)}</a>`}</span><span>${after === undefined ? '' : `<a href="${after.file}" rel="next">${escaped(after.title)} →</a>`}</span></nav>`

// The end of a script element would end it early, wherever it stands in the text of the script.
const scriptHtml = (script: string | undefined): string =>
  script === undefined ? '' : `<script>${script.replace(/<\/(script)/gi, '<\\/$1')}</script>`

/** A page with its navigation: it needs nothing from anywhere. */
export const framed = (page: BookPage, nav: readonly NavEntry[]): string => `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escaped(page.title)} — kvm-memslot-spec</title><style>${STYLE}${BOOK_STYLE}${page.style ?? ''}${PRINT_STYLE}</style></head>
<body${page.broad === true ? ' class="broad"' : ''}>
${nav.length === 0 ? '' : `<a class="skip" href="#text">To the text</a>\n${navHtml(nav, page.file)}`}
<main id="text" tabindex="-1">
${page.body}
</main>${turnHtml(page)}${scriptHtml(page.script)}</body></html>
`
