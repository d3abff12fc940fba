/** A word as a shell takes it, so that a printed command can be pasted. */
export const quote = (word: string): string =>
  /^[\w./:=@%+,-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`

/** The command that was meant, ready to paste. */
export const command = (...words: readonly string[]): string => ['memslot', ...words.map(quote)].join(' ')
