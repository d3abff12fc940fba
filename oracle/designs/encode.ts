import type { StepCells, StepVcpu, Translation, VcpuAt } from '../../spec/terms/steps/cells.js'
import type { StepSet } from '../../spec/terms/steps/slots.js'

const AT: Readonly<Record<VcpuAt, number>> = {
  ready: 0,
  looking: 1,
  held: 2,
  marking: 3,
  waiting: 4,
  done: 5,
}
const BEGAN: Readonly<Record<StepVcpu['began'], number>> = { before: 0, committed: 1, returned: 2 }
const ENDED = { no: 0, returned: 1, failed: 2, unspecified: 3 } as const
const NOTES = [
  'hole',
  'neither',
  'notAtomicFetch',
  'incoherent',
  'lost',
  'trace',
  'otherSpace',
  'disturbed',
  'disagree',
] as const

/** Numbers below 60 000 as characters: a state's name is a short string of 16-bit units. */
const char = (n: number): string => String.fromCharCode(n + 32)

const translation = ({ frame, hva, ro, log }: Translation): string =>
  char(frame + 16 * (hva + 16 * ((log + 1) * 2 + (ro ? 1 : 0))))

/** Names states of one world: sets and wants are told apart by identity, since a world has but a few of them. */
export const encoder = (): ((cells: StepCells) => string) => {
  const sets = new Map<StepSet, number>()
  const wants = new Map<unknown, number>()
  const indexOf = <T>(map: Map<T, number>, value: T): number => {
    const known = map.get(value)
    if (known !== undefined) return known
    map.set(value, map.size)
    return map.size - 1
  }

  const vcpu = (v: StepVcpu): string => {
    const flags = (v.older ? 1 : 0) | (v.out ? 2 : 0) | (v.owedTurn ? 4 : 0)
    const station = AT[v.at] + 8 * (v.space + 2 * (BEGAN[v.began] + 4 * (v.explained + 4 * flags)))
    let name =
      char(station) + char(v.left + 16 * (v.next + 16 * (v.want === null ? 0 : indexOf(wants, v.want) + 1)))
    name += v.hold === null ? ' ' : translation(v.hold)
    for (const t of v.cache) name += translation(t)
    return name
  }

  return cells => {
    const { updater, spaces, vcpus, logs, unreported, harvester, seen } = cells
    let noted = 0
    for (let i = 0; i < NOTES.length; i++)
      if (seen[NOTES[i] as (typeof NOTES)[number]] !== null) noted |= 1 << i
    let name = char(updater.pc + 256 * ENDED[updater.ended]) + char(noted * 2 + (seen.committed ? 1 : 0))
    name += char(seen.atNew & 0x7fff) + char((seen.atNew >> 15) & 0x7fff) + char(harvester.left)
    for (const space of spaces)
      name += char(indexOf(sets, space.published) + 200 * indexOf(sets, space.other))
    for (let i = 0; i < logs.length; i++)
      name += char((logs[i] as number) + 1 + 256 * (unreported[i] as number)) // as many
    const names = vcpus.map(vcpu)
    // vCPUs that do the same are interchangeable, so their order has no meaning.
    return `${name}${names.length > 1 ? names.sort().join('\uffff') : names[0]}`
  }
}
