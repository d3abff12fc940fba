/** Keeps the last lines of a text that may go on for ever: at most `lines`, and `length` characters of each. */
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
