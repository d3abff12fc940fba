import { printable } from '../printable.js'

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}

/** Text as it may stand in an element or an attribute. Everything from a recording goes through here. */
export const escaped = (text: string): string =>
  printable(text).replace(/[&<>"']/g, sign => ENTITIES[sign] as string)
