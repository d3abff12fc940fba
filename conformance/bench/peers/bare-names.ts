import type { StepCells, StepVcpu, Translation, VcpuAt } from '../../../spec/terms/steps/cells.js'
import type { StepSet } from '../../../spec/terms/steps/slots.js'
import type { Want } from '../../../spec/terms/steps/world.js'

const AT: Readonly<Record<VcpuAt, number>> = {
  ready: 0,
  looking: 1,
  held: 2,
  marking: 3,
  waiting: 4,
  done: 5,
}
const ENDED = { no: 0, returned: 1, failed: 2, unspecified: 3 } as const

const char = (n: number): string => String.fromCharCode(n + 32)
const held = ({ frame, hva, ro, log }: Translation): string =>
  char(frame + 4 * (hva + 8 * (log + 1 + 8 * (ro ? 1 : 0))))

/**
 * Names states of one world without what only watches: `seen`, `began` and `explained` decide no step, so the states
 * they tell apart are one state to the peers, which have no monitors. Sets are told apart by what they hold: two that
 * a script made apart but alike are one.
 */
export const bareNames = (): ((cells: StepCells) => string) => {
  const indexes = new Map<StepSet, number>()
  const contents = new Map<string, number>()
  const wants = new Map<Want, number>()

  const indexOf = (set: StepSet): number => {
    const known = indexes.get(set)
    if (known !== undefined) return known
    const text = JSON.stringify(set)
    const index = contents.get(text) ?? contents.size
    contents.set(text, index)
    indexes.set(set, index)
    return index
  }
  const wantOf = (want: Want | null): number => {
    if (want === null) return 0
    const known = wants.get(want)
    if (known !== undefined) return known
    wants.set(want, wants.size + 1)
    return wants.size
  }

  const vcpu = (v: StepVcpu): string => {
    const flags = (v.older ? 1 : 0) | (v.out ? 2 : 0) | (v.owedTurn ? 4 : 0)
    let name = char(AT[v.at] + 8 * flags) + char(v.left + 8 * (v.next + 4 * wantOf(v.want)))
    name += v.hold === null ? ' ' : held(v.hold)
    for (const t of v.cache) name += held(t)
    return `${name}\uffff`
  }

  return ({ updater, spaces, vcpus, logs, unreported, harvester }) => {
    let name = char(updater.pc + 64 * ENDED[updater.ended]) + char(harvester.left)
    for (const { published, other } of spaces) name += char(indexOf(published) + 16 * indexOf(other))
    for (let i = 0; i < logs.length; i++)
      name += char((logs[i] as number) + 1 + 32 * (unreported[i] as number)) // as many
    for (const v of vcpus) name += vcpu(v)
    return name
  }
}
