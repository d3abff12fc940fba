/** A line longer than this is no line of a recording: the rest of it is dropped, so that memory stays bounded. */
export const LONGEST_LINE = 1 << 16

export interface LineSplitter {
  /** The lines that this chunk completes, without their ends. */
  push(chunk: string): string[]
  /** The unterminated last line; null where the text ended with a line end. */
  end(): string | null
}

/** Cuts text that arrives in chunks of any size into lines. Both `\n` and `\r\n` end a line. */
export const createLineSplitter = (): LineSplitter => {
  let rest = ''
  return {
    push: chunk => {
      if (!chunk.includes('\n')) {
        if (rest.length < LONGEST_LINE) rest += chunk.slice(0, LONGEST_LINE)
        return []
      }
      const lines = (rest + chunk).split('\n')
      rest = (lines.pop() as string).slice(0, LONGEST_LINE) // split gives at least one piece
      for (let i = 0; i < lines.length; i++) {
        const line = lines[i] as string
        if (line.endsWith('\r')) lines[i] = line.slice(0, -1)
      }
      return lines
    },
    end: () => (rest === '' ? null : rest),
  }
}
