import { escaped } from '../reports/html/escaped.js'
import type { Book } from './build-book.js'
import { framed } from './page-of.js'
import type { RuleFacts } from './rule-facts.js'
import { ruleMarkdown } from './rule-html.js'
import { type Part, partsOf } from './splice.js'

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

const partMarkdown = (part: Part, rules: readonly RuleFacts[]): string => {
  switch (part.kind) {
    case 'prose':
      return part.text
    case 'rules':
      return rules
        .filter(({ id }) => part.ids.includes(id))
        .map(ruleMarkdown)
        .join('\n')
    case 'run':
      return `The run of ${part.design} / ${part.property}: \`memslot designs --design ${JSON.stringify(part.design)} --property ${JSON.stringify(part.property)}\`.`
    case 'shown':
      return part.what === 'problem' ? '' : `See the page “${part.what}” of the book.`
  }
}

/** The chapters in Markdown, with the rules they show spliced in. */
export const bookMarkdown = ({ chapters }: Book, rules: readonly RuleFacts[]): string => {
  const ids = rules.map(({ id }) => id)
  return chapters
    .map(({ slug, text }) =>
      partsOf(text, ids, slug)
        .map(part => partMarkdown(part, rules))
        .join('\n'),
    )
    .join('\n\n')
}
