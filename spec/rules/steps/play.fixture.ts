import type { StepCells } from '../../terms/steps/cells.js'
import { stepsFrom } from './relation.js'

/**
 * One step by name: `update.publish`, `vcpu.obtain`, or with the vCPU and what it wants, `1 vcpu.begin write 0,1`.
 * A step without a number is that of vCPU 0.
 */
const take = (cells: StepCells, move: string): StepCells => {
  const [, number, rule, kind, frames] = /^(?:(\d+) )?(\S+)(?: (\S+) (\S+))?$/.exec(move) ?? []
  const found = stepsFrom(cells).filter(({ rule: { id }, cells: { self } }) => {
    if (id !== rule || (self.kind === 'vcpu' && self.id !== Number(number ?? 0))) return false
    if (kind === undefined || self.kind !== 'vcpu') return true
    return self.want?.kind === kind && self.want.frames.join() === frames
  })
  const [only] = found
  if (only === undefined || found.length > 1) {
    const could = stepsFrom(cells).map(s => `${s.cells.self.kind} ${s.rule.id}`)
    throw new Error(`${found.length} steps are called ${move}; possible: ${[...new Set(could)].join(', ')}`)
  }
  return only.cells
}

/** The cells after the steps so named, one after the other. A run of the updater's may be shortened to `update to NAME`. */
export const play = (initial: StepCells, moves: readonly string[]): StepCells =>
  moves.reduce((cells, move) => {
    if (!move.startsWith('update to ')) return take(cells, move)
    let at = cells
    for (let n = 0; n < 100 && at.updater.at !== move.slice(10); n++) at = take(at, nextOf(at))
    return at
  }, initial)

/** The updater's next step where nothing fails. */
const nextOf = (cells: StepCells): string =>
  cells.updater.at === 'may-fail'
    ? 'update.goes-on'
    : cells.updater.at === 'may-corrupt'
      ? 'update.survives'
      : `update.${cells.updater.at}`

/** A single access from its beginning to its end, served by what is published now. */
export const access = (kind: string, frame: number, vcpu = 0): readonly string[] => [
  `${vcpu} vcpu.begin ${kind} ${frame}`,
  `${vcpu} vcpu.obtain`,
  ...(kind === 'write' ? [`${vcpu} vcpu.store`, `${vcpu} vcpu.mark`] : [`${vcpu} vcpu.data`]),
]

/** What may happen, as moves without what is wanted. */
export const possible = (cells: StepCells): readonly string[] =>
  stepsFrom(cells).map(s =>
    s.cells.self.kind === 'vcpu' ? `${s.cells.self.id} ${s.rule.id}` : `${s.rule.id}`,
  )
