import { join } from 'node:path'
import { type Either, isLeft, right } from 'fp-ts/lib/Either.js'
import { decodeJson, printInputError } from '../../../../oracle/wire/decode.js'
import { counted } from '../../../../spec/terms/counted.js'
import { bookMarkdown } from '../../../book/book-markdown.js'
import { buildBook } from '../../../book/build-book.js'
import { differencesHtml, differencesOf, RulesFileCodec, rulesFile } from '../../../book/differences.js'
import { gather } from '../../../book/gather.js'
import { oneFile } from '../../../book/one-file.js'
import { type BookPage, framed } from '../../../book/page-of.js'
import type { RuleFacts } from '../../../book/rule-facts.js'
import { BookError } from '../../../book/splice.js'
import { complain, type Io, say, sayJson, stopOf } from '../../io.js'
import { progressOf } from '../../progress.js'
import { readInput } from '../../read-input.js'
import { EXIT, type ExitStatus } from '../../status.js'
import { version } from '../../version.js'
import { writeWhole } from '../../write-whole.js'

export interface BookOptions {
  readonly out: string
  readonly oneFile?: string
  readonly markdown?: string
  readonly against?: string
  readonly json?: boolean
}

/** The page of differences from another version; none where none was asked for. */
const differencesPage = async (
  { against }: BookOptions,
  rules: readonly RuleFacts[],
  io: Io,
): Promise<Either<string, readonly BookPage[]>> => {
  if (against === undefined) return right([])
  const text = await readInput(against, io)
  if (isLeft(text)) return { _tag: 'Left', left: printInputError(text.left) }
  const other = decodeJson(RulesFileCodec, text.right, { file: against, line: 1 })
  if (isLeft(other)) return { _tag: 'Left', left: printInputError(other.left) }
  const was = other.right
  return right([
    {
      file: 'differences.html',
      title: 'Differences',
      body: differencesHtml(differencesOf(was.rules, rules), was.of, version()),
    },
  ])
}

/** Writes the book. A page is written whole or not at all; an interruption leaves out the pages that were still to come. */
export const book = async (options: BookOptions, io: Io): Promise<ExitStatus> => {
  const refuse = (line: string): ExitStatus => {
    complain(io, line)
    return EXIT.usage
  }
  const sources = await gather(stopOf(io))
  if (isLeft(sources)) return refuse(sources.left)
  const { rules } = sources.right
  const differences = await differencesPage(options, rules, io)
  if (isLeft(differences)) return refuse(differences.left)
  let made: ReturnType<typeof buildBook>
  try {
    made = buildBook(sources.right)
  } catch (error) {
    if (!(error instanceof BookError)) throw error
    complain(io, error.message)
    return EXIT.contradiction
  }
  const [first] = differences.right
  const nav = first === undefined ? made.nav : [...made.nav, { file: first.file, title: first.title }]
  const files: (readonly [string, string])[] = [
    ...[...made.pages, ...differences.right].map(
      page => [join(options.out, page.file), framed(page, nav)] as const,
    ),
    [join(options.out, 'book.json'), `${JSON.stringify(rulesFile(rules, version()), null, 1)}\n`],
    ...(options.oneFile === undefined ? [] : [[options.oneFile, oneFile(made)] as const]),
    ...(options.markdown === undefined
      ? []
      : [[options.markdown, bookMarkdown(made, sources.right)] as const]),
  ]
  const progress = await progressOf(io, 'book, pages')
  for (const [i, [file, text]] of files.entries()) {
    if (stopOf(io).aborted) break
    const wrote = await writeWhole(file, text, stopOf(io))
    if (isLeft(wrote)) {
      progress.end()
      return refuse(printInputError(wrote.left))
    }
    progress.at(i + 1, files.length)
  }
  progress.end()
  if (stopOf(io).aborted) {
    complain(io, 'interrupted before every page was written')
    return EXIT.interrupted
  }
  const start = join(options.out, 'index.html')
  if (options.json === true)
    sayJson(io, { schema: 'memslot-book-written', version: 1, start, files: files.map(([file]) => file) })
  else say(io, `${counted(files.length, 'file')}; begin with ${start}`)
  return EXIT.expected
}
