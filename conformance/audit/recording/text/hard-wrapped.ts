/** Columns at which terminals, mail programs and `fold` cut lines. */
const NARROWEST = 40
const WIDEST = 240

/**
 * Lines that were cut at a column, whatever stood there, put together again; null where the text was not. The widest lines
 * are as wide as the column then, and what follows one of them is the rest of it, if it is no line by itself. Every line
 * keeps its number: that of a rest is empty.
 */
export const joinHardWrapped = (
  texts: readonly string[],
  isLine: (text: string) => boolean,
): string[] | null => {
  const width = texts.reduce((widest, { length }) => Math.max(widest, length), 0)
  if (width < NARROWEST || width > WIDEST) return null
  const joined: string[] = []
  let begun = 0
  let cut = 0
  let rests = 0
  for (const [i, text] of texts.entries()) {
    const rest = text !== '' && !isLine(text)
    if (rest) rests++
    // Indented rests are those of a program that wraps at spaces.
    if (rest && texts[i - 1]?.length === width && !text.startsWith('  ')) {
      joined[begun] += text
      joined.push('')
      cut++
    } else {
      begun = i
      joined.push(text)
    }
  }
  // Where most rests follow shorter lines, something else has wrapped them.
  return cut > 0 && 2 * cut > rests ? joined : null
}
