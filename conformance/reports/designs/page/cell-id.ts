/** The anchor of a cell's run. */
export const cellId = (design: string, variant: string | null, property: string): string =>
  `run-${[design, variant ?? '', property].join('-').replace(/[^a-z]+/g, '-')}`
