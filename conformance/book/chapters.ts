import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { packageRoot } from '../package-root.js'

/** A chapter of the book: prose in Markdown, into which rules are spliced by name. */
export interface Chapter {
  /** The name of its page, without `.html`. */
  readonly slug: string
  readonly title: string
  /** From the root of the repository. */
  readonly path: string
  readonly text: string
}

const CHAPTERS = 'spec/book'

const titleOf = (text: string, file: string): string => {
  const title = /^# (.+)$/m.exec(text)?.[1]
  if (title === undefined) throw new Error(`${CHAPTERS}/${file} has no title`) // a test reads every chapter
  return title
}

/** The chapters in the order of their numbers. */
export const readChapters = (): readonly Chapter[] =>
  readdirSync(join(packageRoot(), CHAPTERS))
    .filter(file => /^\d\d-[\w-]+\.md$/.test(file))
    .sort()
    .map(file => {
      const text = readFileSync(join(packageRoot(), CHAPTERS, file), 'utf8')
      return {
        slug: file.replace(/\.md$/, '').replace(/^\d\d-/, ''),
        title: titleOf(text, file),
        path: `${CHAPTERS}/${file}`,
        text,
      }
    })
