import { match } from 'ts-pattern'
import { counted } from '../../../spec/terms/counted.js'
import type { DesignsCell } from './codec.js'

const short = (n: number): string =>
  n < 10_000 ? String(n) : n < 1e6 ? `${Math.round(n / 1000)}k` : `${(n / 1e6).toFixed(1)}M`

/** A cell in two words. */
export const cellWords = ({
  holds,
  states,
  steps,
}: Pick<DesignsCell, 'holds' | 'states' | 'steps'>): string =>
  match(holds)
    .with(true, () => `holds ${short(states)}`)
    .with(false, () => `fails in ${steps}`)
    .with('not promised', () => `not promised (${steps})`)
    .with('inconclusive', () => 'undecided')
    .exhaustive()

/** What a run of a cell shows, in words. */
export const shownWords = (
  { holds, steps }: Pick<DesignsCell, 'holds' | 'steps'>,
  property: string,
): string =>
  holds === 'not promised'
    ? `does not promise ${property}: ${counted(steps ?? 0, 'step')}`
    : `fails ${property} in ${counted(steps ?? 0, 'step')}`

/** What the words in the cells say, as HTML. */
export const CELLS_EXPLAINED =
  '<b>holds 1.3M</b>: in each of the 1.3 million states that were searched. <b>fails in 7</b>: the shortest run that breaks it has seven steps, and the link shows it. <b>not promised</b>: of an access that is retried through the guest or by userspace, with a run that shows why. <b>updates</b>: how many were searched, of those that the design has a plan for.'
