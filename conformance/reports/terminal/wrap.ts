/** Cuts text into lines of at most `width` columns, at spaces; leading spaces stay, later lines are indented. */
export const wrap = (text: string, width: number, indent = 0): string[] => {
  const lines: string[] = []
  const lead = text.slice(0, text.length - text.trimStart().length)
  let line = ''
  for (const word of text.trimStart().split(' ')) {
    const room = width - (lines.length === 0 ? lead.length : indent)
    if (line !== '' && line.length + 1 + word.length > room) {
      lines.push(line)
      line = word
    } else line = line === '' ? word : `${line} ${word}`
  }
  lines.push(line)
  return lines.map((part, i) => (i === 0 ? lead : ' '.repeat(indent)) + part)
}
