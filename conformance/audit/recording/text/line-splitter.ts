/** A line longer than this is no line of a recording: the rest of it is dropped, so that memory stays bounded. */
export const MAX_LINE = 1 << 16

/** Told where each line of a text stands: `text[start..end)` without its line end. */
export type OnLine = (text: string, start: number, end: number) => void

export interface LineSplitter {
  /** Tells the lines that this chunk completes. */
  push(chunk: string, onLine: OnLine): void
  /** The unterminated last line; null where the text ended with a line end. */
  end(): string | null
}

const NEWLINE = '\n'
const CARRIAGE_RETURN = 13

/** Cuts text that arrives in chunks of any size into lines. Both `\n` and `\r\n` end a line. */
export const createLineSplitter = (): LineSplitter => {
  let rest = ''

  const tell = (text: string, start: number, newline: number, onLine: OnLine): void => {
    const end = newline > start && text.charCodeAt(newline - 1) === CARRIAGE_RETURN ? newline - 1 : newline
    onLine(text, start, end)
  }

  return {
    push: (chunk, onLine) => {
      let start = 0
      let newline = chunk.indexOf(NEWLINE)
      if (newline < 0) {
        if (rest.length < MAX_LINE) rest += chunk.slice(0, MAX_LINE)
        return
      }
      if (rest !== '') {
        const first = rest + chunk.slice(0, newline)
        rest = ''
        tell(first, 0, first.length, onLine)
        start = newline + 1
        newline = chunk.indexOf(NEWLINE, start)
      }
      while (newline >= 0) {
        tell(chunk, start, newline, onLine)
        start = newline + 1
        newline = chunk.indexOf(NEWLINE, start)
      }
      rest = chunk.slice(start, start + MAX_LINE)
    },
    end: () => (rest === '' ? null : rest),
  }
}
