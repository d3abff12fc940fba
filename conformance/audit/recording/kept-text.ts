/** A text longer than this is not kept: a recording may have gigabytes. */
export const KEPT_CHARACTERS = 1 << 24

/** Keeps a text that arrives in chunks, if it is short, for the case that it has to be read again. */
export interface KeptText {
  push(chunk: string): void
  /** Its lines; null where it was too long. */
  lines(): string[] | null
}

export const createKeptText = (limit: number = KEPT_CHARACTERS): KeptText => {
  let chunks: string[] | null = []
  let characters = 0
  return {
    push: chunk => {
      characters += chunk.length
      if (characters > limit) chunks = null
      chunks?.push(chunk)
    },
    lines: () => {
      if (chunks === null) return null
      const lines = chunks.join('').split(/\r?\n/)
      if (lines.at(-1) === '') lines.pop()
      return lines
    },
  }
}
