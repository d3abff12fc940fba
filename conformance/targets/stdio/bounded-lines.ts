/** Cuts text that arrives in pieces into lines, and holds no more than a line's greatest length. */
export interface BoundedLines {
  /** The lines that this piece completes, without their ends, up to one that is longer than allowed. */
  push(piece: string): { readonly lines: readonly string[]; readonly endless: boolean }
  /** What came after the last line end. */
  rest(): string
}

export const boundedLines = (longest: number): BoundedLines => {
  let pieces: string[] = []
  let held = 0
  return {
    push: piece => {
      const lines: string[] = []
      let from = 0
      for (let at = piece.indexOf('\n'); at >= 0; at = piece.indexOf('\n', from)) {
        if (held + at - from > longest) return { lines, endless: true }
        const line = pieces.join('') + piece.slice(from, at)
        lines.push(line.endsWith('\r') ? line.slice(0, -1) : line)
        pieces = []
        held = 0
        from = at + 1
      }
      held += piece.length - from
      if (held > longest) return { lines, endless: true }
      if (from < piece.length) pieces.push(piece.slice(from))
      return { lines, endless: false }
    },
    rest: () => pieces.join(''),
  }
}
