import pc from 'picocolors'

/** What text is painted for; without colour nothing is. */
export interface Ink {
  readonly heading: (text: string) => string
  readonly good: (text: string) => string
  readonly bad: (text: string) => string
  readonly doubtful: (text: string) => string
  readonly faint: (text: string) => string
  readonly inside: (text: string) => string
}

export const inkOf = (color: boolean): Ink => {
  const colors = pc.createColors(color)
  return {
    heading: text => colors.bold(text),
    good: text => colors.green(text),
    bad: text => colors.red(text),
    doubtful: text => colors.yellow(text),
    faint: text => colors.dim(text),
    inside: text => colors.cyan(text),
  }
}
