/** The most of a URL that a link may take: browsers and mail programs cut longer ones. */
export const MAX_LINK = 6000

/** A trace in a link. */
export interface TraceLink {
  /** The trace as it is, `trace=…`; null where it is packed. */
  readonly text: string | null
  /** The trace compressed by raw deflate, in base64 for URLs, `packed=…`; null where it is not. */
  readonly packed: string | null
  /** The moment that is shown first. */
  readonly at: number
  /** The rule that it is to show; null where it shows none in particular. */
  readonly rule: string | null
}

/** The trace in the part of a URL after `#`; null where there is none. */
export const traceInLink = (hash: string): TraceLink | null => {
  const fields = new URLSearchParams(hash.replace(/^#/, ''))
  const [text, packed] = [fields.get('trace'), fields.get('packed')]
  if (text === null && packed === null) return null
  const at = fields.get('at') ?? ''
  return { text, packed, at: /^\d{1,6}$/.test(at) ? Number(at) : 0, rule: fields.get('rule') }
}

/** The part of a URL after `#`, without it. */
export const writePacked = (packed: string, at: number, rule: string | null): string =>
  new URLSearchParams({
    packed,
    ...(at === 0 ? {} : { at: String(at) }),
    ...(rule === null ? {} : { rule }),
  }).toString()

/** Base64 as it stands in a URL. */
export const toUrl = (base64: string): string =>
  base64.replaceAll('+', '-').replaceAll('/', '_').replace(/=+$/, '')

/** Base64 as decoders want it. */
export const fromUrl = (text: string): string => text.replaceAll('-', '+').replaceAll('_', '/')
