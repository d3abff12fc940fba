/** How mails, web pages and `grep -n` show a line: quoted, indented, marked, numbered. Each is tried in turn, the least first. */
export const asPosted = (line: string): readonly string[] => {
  const forms: string[] = []
  let rest = line.trimEnd()
  for (let level = 0; level < MAX_LEVELS; level++) {
    const plain = rest.replace(/^\s+/, '')
    if (plain !== line) forms.push(plain)
    const quoted = /^(?:>|\||->|[-+*] |\+(?=\d)|\d{1,9}[:\t])\s?/.exec(plain)
    if (quoted === null) break
    rest = plain.slice(quoted[0].length)
    forms.push(rest)
  }
  return forms
}

/** Quotes within quotes, deeper than anybody reads. */
const MAX_LEVELS = 6

const ENTITIES: Readonly<Record<string, string>> = {
  ...{
    lt: '<',
    '#60': '<',
    '#x3c': '<',
    gt: '>',
    '#62': '>',
    '#x3e': '>',
    quot: '"',
    '#34': '"',
    '#39': "'",
  },
  ...{ nbsp: ' ', '#160': ' ', amp: '&', '#38': '&' },
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: a terminal's colours begin with one
const OTHER_SIGNS = /[\u00a0\u2026\u001b]|&(?:#?\w{2,4});/

/** Signs as a program printed them, before a web page, a word processor or a terminal put others in their place. */
export const plainSigns = (text: string): string =>
  OTHER_SIGNS.test(text)
    ? text
        // biome-ignore lint/suspicious/noControlCharactersInRegex: a terminal's colours
        .replace(/\u001b\[[\d;]*[mK]/g, '')
        .replaceAll('\u00a0', ' ')
        .replaceAll('\u2026', '...')
        .replace(/&(#?\w{2,4});/g, (whole, name: string) => ENTITIES[name.toLowerCase()] ?? whole)
    : text

/** Whether a line shows that the text is quoted-printable: an equals sign written as its number. */
export const showsQuotedPrintable = (line: string): boolean =>
  /=3D ?(?:0x|\d|KVM_|\{|-|\?)/.test(line) || /^content-transfer-encoding: *quoted-printable/i.test(line)

/** Decodes quoted-printable, as far as recordings need it: ASCII. A soft line end is left to the caller. */
export const quotedPrintable = (line: string): string =>
  line.replace(/=([0-9A-F]{2})/g, (whole, code: string) => {
    const value = Number.parseInt(code, 16)
    return value >= 32 && value < 127 ? String.fromCharCode(value) : whole
  })
