import { explore } from '../../oracle/explore/explore.js'
import { properties } from '../../spec/properties/properties.js'
import type { Relation } from '../../spec/rewrite/index.js'
import type { StepCells } from '../../spec/terms/steps/cells.js'
import { observationsOf } from './observations.js'
import type { MatterWorld } from './worlds.js'

/** How a change of the rules shows. */
export const NOTICERS = ['property', 'stuck', 'missing', 'contradiction'] as const
export type Noticer = (typeof NOTICERS)[number]

export interface Notice {
  readonly by: Noticer
  /** The property, who is stuck, what is no longer seen, or what went wrong. */
  readonly what: string
  /** The world, or the company all of whose worlds tell it together. */
  readonly world: string
}

/** What a search of a world under some rules has shown. */
export interface Looked {
  readonly notice: Notice | null
  readonly observed: ReadonlySet<string>
}

/** Far more states than any of the worlds has under the rules as they are. */
const MOST_STATES = 12_000

/** What the batch needs not have: its unit is the access. */
const NOT_HELD = new Set(['two-maps, fetch-atomic'])
const wanted = properties.filter(p => !NOT_HELD.has(p.id) && (p.kind === 'safety' || p.forEver !== true))

const isOver = ({ updater, vcpus }: StepCells): boolean =>
  updater.at === 'idle' && vcpus.every(v => v.at === 'done' || (v.at === 'ready' && v.left <= 0))

/** Searches a world under rules for a property that fails, or a state that nobody leaves; and what else is seen. */
export const look = (world: MatterWorld, rules: Relation<StepCells>): Looked => {
  const observed = new Set<string>()
  let stuck: string | null = null
  const system = world.system(rules)
  const successors = (cells: StepCells) => {
    const moves = system.successors?.(cells) ?? []
    for (const { cells: to } of moves) for (const what of observationsOf(cells, to)) observed.add(what)
    if (moves.length === 0 && !isOver(cells))
      stuck ??= `the updater at ${cells.updater.at}, vCPUs ${cells.vcpus.map(v => v.at).join(' and ')}`
    return moves
  }
  const notice = (by: Noticer, what: string): Looked => ({ notice: { by, what, world: world.id }, observed })
  try {
    const { verdicts } = explore(
      { ...system, successors },
      {
        safety: wanted.flatMap(p => (p.kind === 'safety' ? [{ name: p.id, violated: p.violated }] : [])),
        liveness: wanted.flatMap(p =>
          p.kind === 'liveness' && system.permutesActors !== true ? [{ name: p.id, pending: p.pending }] : [],
        ),
        reduce: false,
        maxStates: MOST_STATES,
      },
    )
    for (const [property, { holds }] of verdicts) if (holds === false) return notice('property', property)
  } catch (error) {
    return notice('contradiction', error instanceof Error ? error.message : String(error))
  }
  return stuck === null ? { notice: null, observed } : notice('stuck', stuck)
}
