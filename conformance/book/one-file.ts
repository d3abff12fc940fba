import { escaped } from '../reports/html/escaped.js'
import type { Book } from './build-book.js'
import { framed } from './page-of.js'

const nameOf = (file: string): string => file.replace(/\.html$/, '').replace(/[^\w-]+/g, '-')

/**
 * The book as one page, without sources and without the explorer. Every id gets the name of its page before it, since pages
 * were made apart; links among pages follow. What leads to a page that is not there is text.
 */
export const oneFile = ({ pages }: Book): string => {
  const whole = pages.filter(
    ({ file }) => !file.startsWith('source/') && !['index.html', 'explorer.html'].includes(file),
  )
  const names = new Set(whole.map(({ file }) => file))
  const sections = whole.map(({ file, title, body }) => {
    const name = nameOf(file)
    const renamed = body
      .replace(/ id="([^"]*)"/g, (_, id: string) => ` id="${name}--${id}"`)
      .replace(
        /<a ([^>]*?)href="([^"]*)"([^>]*)>([\s\S]*?)<\/a>/g,
        (link, before: string, href: string, after: string, inner: string) => {
          if (/^[a-z]+:/i.test(href)) return link
          const [page = '', anchor = ''] = href.split('#')
          const target = page === '' ? file : page
          if (!names.has(target)) return inner
          return `<a ${before}href="#${nameOf(target)}${anchor === '' ? '' : `--${anchor}`}"${after}>${inner}</a>`
        },
      )
    return `<section id="${name}" aria-label="${escaped(title)}">${renamed}</section>`
  })
  const contents = whole
    .map(({ file, title }) => `<li><a href="#${nameOf(file)}">${escaped(title)}</a></li>`)
    .join('')
  return framed(
    {
      file: 'book.html',
      title: 'The book',
      body: `<h1>kvm-memslot-spec</h1><ol>${contents}</ol>${sections.join('\n')}`,
    },
    [],
  )
}
