/** How mails and web pages show a line: quoted, indented, marked. Each is tried in turn, the least first. */
export const asPosted = (line: string): readonly string[] => {
  const forms: string[] = []
  let rest = line.trimEnd()
  for (let level = 0; level < MAX_LEVELS; level++) {
    const plain = rest.replace(/^\s+/, '')
    if (plain !== line) forms.push(plain)
    const quoted = /^(?:>|\||->|[-+*] )\s?/.exec(plain)
    if (quoted === null) break
    rest = plain.slice(quoted[0].length)
    forms.push(rest)
  }
  const last = forms.at(-1) ?? line
  if (last.includes('&')) forms.push(entities(last))
  return forms
}

/** Quotes within quotes, deeper than anybody reads. */
const MAX_LEVELS = 6

const ENTITIES: Readonly<Record<string, string>> = { lt: '<', gt: '>', quot: '"', '#39': "'", nbsp: ' ' }

const entities = (text: string): string =>
  text
    .replace(/&(lt|gt|quot|#39|nbsp);/g, (_, name: string) => ENTITIES[name] as string)
    .replaceAll('&amp;', '&')

/** Whether a line shows that the text is quoted-printable: an equals sign written as its number. */
export const showsQuotedPrintable = (line: string): boolean =>
  /=3D ?(?:0x|\d|KVM_|\{|-|\?)/.test(line) || /^content-transfer-encoding: *quoted-printable/i.test(line)

/** Decodes quoted-printable, as far as recordings need it: ASCII. A soft line end is left to the caller. */
export const quotedPrintable = (line: string): string =>
  line.replace(/=([0-9A-F]{2})/g, (whole, code: string) => {
    const value = Number.parseInt(code, 16)
    return value >= 32 && value < 127 ? String.fromCharCode(value) : whole
  })
