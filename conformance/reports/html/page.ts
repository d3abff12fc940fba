import { escaped } from './escaped.js'
import { PRINT_STYLE, STYLE } from './style.js'

export interface Page {
  readonly title: string
  /** The first heading; the title where it is absent. */
  readonly heading?: string
  /** What the page's style has beside that of all pages. */
  readonly style: string
  /** HTML: whatever text is in it has been escaped. */
  readonly body: string
}

/** A page that needs nothing else: no script, no request, legible in light and dark. */
export const pageHtml = ({ title, heading = title, style, body }: Page): string => `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escaped(title)}</title><style>${STYLE}${style}${PRINT_STYLE}</style></head><body>
<main>
<h1>${escaped(heading)}</h1>
${body}
</main></body></html>
`
