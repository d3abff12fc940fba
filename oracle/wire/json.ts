import { type Either, left, right } from 'fp-ts/lib/Either.js'

/** Levels of brackets that a JSON text may have: twice what any format here needs. */
export const MAX_DEPTH = 64

/** Why a text is no JSON that is taken, and where: `at` is an index of the text. */
export interface JsonFault {
  readonly at: number
  readonly found: string
  readonly expected: string
}

const QUOTE = 34
const BACKSLASH = 92
const COLON = 58
const isOpening = (c: number): boolean => c === 0x5b || c === 0x7b
const isClosing = (c: number): boolean => c === 0x5d || c === 0x7d

/** The index after the string that begins at `from`; the end of the text where it does not end. */
const afterString = (text: string, from: number): number => {
  for (let i = from + 1; i < text.length; i++) {
    const c = text.charCodeAt(i)
    if (c === BACKSLASH) i++
    else if (c === QUOTE) return i + 1
  }
  return text.length
}

/** How many keys a text has, and where it is nested too deeply; -1 where it is not. */
const scan = (text: string): { readonly keys: number; readonly tooDeep: number } => {
  let keys = 0
  let depth = 0
  for (let i = 0; i < text.length; i++) {
    const c = text.charCodeAt(i)
    if (c === QUOTE) i = afterString(text, i) - 1
    else if (c === COLON) keys++
    else if (isOpening(c) && ++depth > MAX_DEPTH) return { keys, tooDeep: i }
    else if (isClosing(c)) depth--
  }
  return { keys, tooDeep: -1 }
}

/** The keys that a value has kept. */
const countKeys = (value: unknown): number => {
  if (typeof value !== 'object' || value === null) return 0
  const inner = Object.values(value)
  let count = Array.isArray(value) ? 0 : inner.length
  for (const one of inner) if (typeof one === 'object') count += countKeys(one)
  return count
}

type Token =
  | { readonly kind: 'string' | 'scalar' | 'mark'; readonly text: string }
  | { readonly kind: 'none' }

const SPACE = /[ \t\n\r]*/y
const SCALAR = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null/y

const isString = (text: string): boolean => {
  try {
    return typeof JSON.parse(text) === 'string'
  } catch {
    return false
  }
}

const matchAt = (pattern: RegExp, text: string, at: number): string => {
  pattern.lastIndex = at
  return pattern.exec(text)?.[0] ?? ''
}

const tokenAt = (text: string, at: number): Token => {
  const c = text.charCodeAt(at)
  if (c === QUOTE) {
    const string = text.slice(at, afterString(text, at))
    return isString(string) ? { kind: 'string', text: string } : { kind: 'none' }
  }
  if ('[]{},:'.includes(text.charAt(at)) && at < text.length) return { kind: 'mark', text: text.charAt(at) }
  const scalar = matchAt(SCALAR, text, at)
  return scalar === '' ? { kind: 'none' } : { kind: 'scalar', text: scalar }
}

/** What may come next. */
type Next = 'value' | 'value or ]' | 'key' | 'key or }' | ':' | ', or }' | ', or ]' | 'the end'

const WORDS: Readonly<Record<Next, string>> = {
  value: 'JSON: a value',
  'value or ]': 'JSON: a value, or ]',
  key: 'JSON: a key in quotes',
  'key or }': 'JSON: a key in quotes, or }',
  ':': 'JSON: a colon',
  ', or }': 'JSON: a comma, or }',
  ', or ]': 'JSON: a comma, or ]',
  'the end': 'JSON: nothing after the value',
}

/** The first fault of a text that is known to have one. It is not looked for in a text that has none. */
const firstFault = (text: string): JsonFault => {
  /** What is open: the keys of an object, or an array. */
  const open: (Set<string> | null)[] = []
  let next: Next = 'value'
  let at = 0
  const after = (): Next => {
    const inner = open.at(-1)
    return inner === undefined ? 'the end' : inner === null ? ', or ]' : ', or }'
  }
  for (;;) {
    const start = at + matchAt(SPACE, text, at).length
    const fault = (): JsonFault => ({
      at: start,
      found: start >= text.length ? 'the end' : JSON.stringify(text.slice(start, start + 20)),
      expected: WORDS[next],
    })
    const token = tokenAt(text, start)
    if (token.kind === 'none') return fault()
    at = start + token.text.length
    const mark = token.kind === 'mark' ? token.text : null
    if (next === 'key' || next === 'key or }') {
      if (mark === '}' && next === 'key or }') {
        open.pop()
        next = after()
        continue
      }
      if (token.kind !== 'string') return fault()
      const keys = open.at(-1) as Set<string> // a key is expected only in an object
      const key = JSON.parse(token.text) as string // a string was found
      if (keys.has(key))
        return { at: start, found: `the key ${token.text.slice(0, 40)} again`, expected: 'each key once' }
      keys.add(key)
      next = ':'
    } else if (next === 'value' || next === 'value or ]') {
      if (mark === null) next = after()
      else if (mark === '[') {
        open.push(null)
        next = 'value or ]'
      } else if (mark === '{') {
        open.push(new Set())
        next = 'key or }'
      } else if (mark === ']' && next === 'value or ]') {
        open.pop()
        next = after()
      } else return fault()
    } else if (next === ':') {
      if (mark !== ':') return fault()
      next = 'value'
    } else if (next !== 'the end' && mark === ',') {
      next = next === ', or }' ? 'key' : 'value'
    } else if ((next === ', or }' && mark === '}') || (next === ', or ]' && mark === ']')) {
      open.pop()
      next = after()
    } else return fault()
  }
}

/**
 * Parses a text as JSON. Left: that it is none, that an object has a key twice, or that it is nested deeper than
 * `MAX_DEPTH`. `JSON.parse` takes the last of two values, and a reader of the text the first.
 */
export const parseJson = (text: string): Either<JsonFault, unknown> => {
  const { keys, tooDeep } = scan(text)
  if (tooDeep >= 0)
    return left({
      at: tooDeep,
      found: `${MAX_DEPTH + 1} levels of brackets`,
      expected: `at most ${MAX_DEPTH}`,
    })
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    return left(firstFault(text))
  }
  return countKeys(value) === keys ? right(value) : left(firstFault(text))
}
