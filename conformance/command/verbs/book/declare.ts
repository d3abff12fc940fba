import { type Declaring, JSON_OPTION } from '../../declare.js'
import type { BookOptions } from './book.js'

/** Writes the specification as pages. */
export const declareBook = ({ program, io, run }: Declaring): void => {
  program
    .command('book')
    .description(
      'the specification as pages that open from disk: chapters, rules, the matrix, and an explorer that runs it',
    )
    .option('--out <directory>', 'where the pages go', 'memslot-book')
    .option('--one-file <file>', 'also everything but the explorer as one page')
    .option('--markdown <file>', 'also the chapters as Markdown')
    .option('--against <file>', 'a page of what changed since the version whose book.json this is')
    .option(...JSON_OPTION)
    .action((options: BookOptions) => run(async () => (await import('./book.js')).book(options, io)))
}
