// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const CONTROL = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069\ufffe\uffff]/g

/** A colour as `terminal/ink.ts` sets or ends it. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: it begins with one
const COLOUR = /(\u001b\[\d{1,2}m)/

/**
 * Text without control characters but tabs and line breaks, and without those that change the direction of writing: U+FFFD
 * stands for each. XML has no way to write most of them.
 */
export const printable = (text: string): string => text.replaceAll(CONTROL, '\ufffd')

/** Text for a terminal, with its colours: what a target or a recording says cannot move the cursor or set a title. */
export const printableInColour = (text: string): string =>
  text
    .split(COLOUR)
    .map((part, i) => (i % 2 === 1 ? part : printable(part)))
    .join('')

/** JSON in which no control character stands as it is: JSON itself lets those from U+007F on through. */
export const printableJson = (json: string): string =>
  json.replaceAll(CONTROL, sign => `\\u${sign.charCodeAt(0).toString(16).padStart(4, '0')}`)
