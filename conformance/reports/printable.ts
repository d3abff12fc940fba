// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const CONTROL = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\ufffe\uffff]/g

/** A colour as `terminal/ink.ts` sets or ends it. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: it begins with one
const COLOUR = /(\u001b\[\d{1,2}m)/

/** Text without control characters but tabs and line breaks: U+FFFD stands for each. XML has no way to write them. */
export const printable = (text: string): string => text.replaceAll(CONTROL, '\ufffd')

/** Text for a terminal, with its colours: what a target or a recording says cannot move the cursor or set a title. */
export const printableInColour = (text: string): string =>
  text
    .split(COLOUR)
    .map((part, i) => (i % 2 === 1 ? part : printable(part)))
    .join('')
