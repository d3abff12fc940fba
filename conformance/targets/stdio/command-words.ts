import { type Either, left, right } from 'fp-ts/lib/Either.js'
import { match } from 'ts-pattern'

/** Why a text is no command. */
export type CommandFault =
  | { readonly kind: 'empty' }
  | { readonly kind: 'unclosed-quote'; readonly quote: string; readonly at: number }

export const sayCommandFault = (fault: CommandFault): string =>
  match(fault)
    .with({ kind: 'empty' }, () => 'there is no command after "stdio:"')
    .with(
      { kind: 'unclosed-quote' },
      ({ quote, at }) => `the quote ${quote} at column ${at + 1} of the command is never closed`,
    )
    .exhaustive()

/**
 * The program and its arguments. Words stand between white space; '…' and "…" keep white space, and nothing else, the
 * backslash included, is special. No shell reads the command: for a shell write `sh -c "…"`.
 */
export const commandWords = (text: string): Either<CommandFault, readonly [string, ...string[]]> => {
  const words: string[] = []
  let word: string | null = null
  for (let i = 0; i < text.length; i++) {
    const c = text[i] as string // i < length
    if (c === '"' || c === "'") {
      const end = text.indexOf(c, i + 1)
      if (end < 0) return left({ kind: 'unclosed-quote', quote: c, at: i })
      word = (word ?? '') + text.slice(i + 1, end)
      i = end
    } else if (/\s/.test(c)) {
      if (word !== null) words.push(word)
      word = null
    } else word = (word ?? '') + c
  }
  if (word !== null) words.push(word)
  const [program, ...rest] = words
  return program === undefined || program === '' ? left({ kind: 'empty' }) : right([program, ...rest])
}
