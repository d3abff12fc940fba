import type { RunWanted } from './run-link.js'

/** A part of a chapter: prose, or what a line in double braces stands for. */
export type Part =
  | { readonly kind: 'prose'; readonly text: string }
  /** `{{rule set.overlap}}`, or a whole family by `{{rule set.*}}`. */
  | { readonly kind: 'rules'; readonly ids: readonly string[] }
  /**
   * `{{run sequential / no-hole}}`: the kept run of a cell; `… by a fetch` with another access, `… beside batch` with another
   * design doing the same.
   */
  | ({ readonly kind: 'run'; readonly design: string; readonly property: string } & RunWanted)
  /** `{{matrix}}`, `{{questions}}`, `{{kernels}}`: what a page shows whole. */
  | { readonly kind: 'shown'; readonly what: Shown }

export const SHOWN = ['matrix', 'questions', 'kernels', 'problem'] as const
export type Shown = (typeof SHOWN)[number]

/** Thrown where a chapter names what does not exist: the book is not built. */
export class BookError extends Error {
  constructor(at: string, wrong: string) {
    super(`${at}: ${wrong}`)
    this.name = 'BookError'
  }
}

const DIRECTIVE = /^\{\{(\w+)(?: ([^}]*))?\}\}$/

const RUN = /^(.+?) \/ (.+?)(?: by an? (\w+))?(?: beside (.+))?$/

const idsOf = (pattern: string, all: readonly string[], at: string): readonly string[] => {
  const found = pattern.endsWith('*')
    ? all.filter(id => id.startsWith(pattern.slice(0, -1)))
    : all.filter(id => id === pattern)
  if (found.length === 0) throw new BookError(at, `there is no rule ${pattern}`)
  return found
}

const partOf = (verb: string, rest: string, rules: readonly string[], at: string): Part => {
  if (verb === 'rule')
    return { kind: 'rules', ids: rest.split(' ').flatMap(pattern => idsOf(pattern, rules, at)) }
  const shown = SHOWN.find(what => what === verb)
  if (shown !== undefined && rest === '') return { kind: 'shown', what: shown }
  if (verb === 'run') {
    const [, design = '', property = '', by = null, beside = null] = RUN.exec(rest) ?? []
    return { kind: 'run', design, property, by, beside }
  }
  throw new BookError(at, `{{${verb} ${rest}}} is nothing that a chapter can show`)
}

/**
 * The parts of a chapter in order.
 *
 * @throws BookError where it names a rule that does not exist.
 */
export const partsOf = (text: string, rules: readonly string[], chapter: string): readonly Part[] => {
  const parts: Part[] = []
  let prose: string[] = []
  const flush = () => {
    if (prose.some(line => line.trim() !== '')) parts.push({ kind: 'prose', text: prose.join('\n') })
    prose = []
  }
  for (const [i, line] of text.split('\n').entries()) {
    const directive = DIRECTIVE.exec(line.trim())
    if (directive === null) prose.push(line)
    else {
      flush()
      parts.push(partOf(directive[1] ?? '', directive[2] ?? '', rules, `${chapter}.md:${i + 1}`))
    }
  }
  flush()
  return parts
}
