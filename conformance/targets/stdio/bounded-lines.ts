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

/** Keeps the last lines of a text that may never end: at most `lines`, and `length` characters of each. */
export interface LastLines {
  push(piece: string): void
  lines(): readonly string[]
}

export const lastLines = (lines = 20, length = 400): LastLines => {
  let kept: string[] = []
  let open = ''
  return {
    push: piece => {
      const cut = (open + piece).split('\n')
      open = (cut.pop() as string).slice(0, length) // split gives at least one
      kept = [...kept, ...cut.slice(-lines).map(l => l.slice(0, length))].slice(-lines)
    },
    lines: () => (open === '' ? kept : [...kept, open].slice(-lines)),
  }
}
