import { Marked, type Tokens } from 'marked'
import { anchorOf } from '../../spec/rules/documents.js'
import { escaped } from '../reports/html/escaped.js'

/** Where a link of a page of this repository leads in the book; null where it is left as it is. */
export type Relink = (href: string) => string | null
/** What a word in backquotes leads to, such as the name of a rule; null where it is only code. */
export type NameLink = (name: string) => string | null

/**
 * Markdown of this repository as HTML. It is our own text, and not escaped beyond what Markdown does; raw HTML in it is shown
 * as text.
 */
export const markdownHtml = (text: string, relink: Relink, nameLink: NameLink): string => {
  const marked = new Marked({
    gfm: true,
    renderer: {
      heading({ tokens, depth, text: plain }: Tokens.Heading): string {
        const id = anchorOf(plain.replace(/[`*]/g, ''))
        return `<h${depth} id="${id}">${this.parser.parseInline(tokens)}</h${depth}>\n`
      },
      link({ href, tokens }: Tokens.Link): string {
        return `<a href="${escaped(relink(href) ?? href)}">${this.parser.parseInline(tokens)}</a>`
      },
      codespan({ text: code }: Tokens.Codespan): string {
        const to = nameLink(code)
        const inner = `<code>${escaped(code)}</code>`
        return to === null ? inner : `<a href="${escaped(to)}">${inner}</a>`
      },
      table({ header, rows }: Tokens.Table): string {
        const cells = (row: readonly Tokens.TableCell[], tag: string) =>
          row.map(cell => `<${tag}>${this.parser.parseInline(cell.tokens)}</${tag}>`).join('')
        return `<div class="wide" tabindex="0" role="region" aria-label="table"><table class="prose"><thead><tr>${cells(header, 'th')}</tr></thead><tbody>${rows
          .map(row => `<tr>${cells(row, 'td')}</tr>`)
          .join('\n')}</tbody></table></div>`
      },
      html({ text: raw }: Tokens.HTML | Tokens.Tag): string {
        return escaped(raw)
      },
      code({ text: code }: Tokens.Code): string {
        return `<pre tabindex="0"><code>${escaped(code)}</code></pre>\n`
      },
    },
  })
  return marked.parse(text, { async: false })
}
