import type { DesignsCell } from './codec.js'

const short = (n: number): string =>
  n < 10_000 ? String(n) : n < 1e6 ? `${Math.round(n / 1000)}k` : `${(n / 1e6).toFixed(1)}M`

/** A cell in two words. */
export const cellWords = ({
  holds,
  states,
  steps,
}: Pick<DesignsCell, 'holds' | 'states' | 'steps'>): string =>
  holds === true ? `holds ${short(states)}` : holds === false ? `fails in ${steps}` : 'undecided'
