import { identity } from '../../../spec/rewrite/index.js'
import type {
  Observed,
  StepCells,
  StepVcpu,
  Translation,
  Updater,
  VcpuAt,
} from '../../../spec/terms/steps/cells.js'
import type { StepSet } from '../../../spec/terms/steps/slots.js'
import type { Want } from '../../../spec/terms/steps/world.js'

const AT: Readonly<Record<VcpuAt, number>> = {
  ready: 0,
  looking: 1,
  held: 2,
  marking: 3,
  waiting: 4,
  done: 5,
  asking: 6,
}
const BEGAN: Readonly<Record<StepVcpu['began'], number>> = { before: 0, committed: 1, returned: 2 }
const ENDED = { no: 0, returned: 1, failed: 2, unspecified: 3, aborted: 4 } as const
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

/** A number below 60 000 as one character: the name of a state is a short string of 16-bit units. */
const char = (n: number): string => String.fromCharCode(n + 32)

const translation = ({ space, frame, hva, ro, log }: Translation): string =>
  char(1 + frame + 16 * (hva + 16 * (space + 2 * ((log + 1) * 2 + (ro ? 1 : 0)))))

/** Before each write in a buffer; no translation is this. */
const NOTED = '\ufffe'

/** Before the table that a translation was derived from; no translation is this. */
const VIA = '\ufffd'

/**
 * Numbers values by content. A world has few of them, and most are the same objects again, which are looked up by
 * identity.
 */
const numbering = <T extends object>(): ((value: T) => number) => {
  const met = new Map<T, number>()
  const byContent = new Map<string, number>()
  return value => {
    const known = met.get(value)
    if (known !== undefined) return known
    const content = identity(value)
    const number = byContent.get(content) ?? byContent.size
    byContent.set(content, number)
    met.set(value, number)
    return number
  }
}

/** Names of the parts of a state; two parts with one name are interchangeable. */
export interface PartNames {
  readonly vcpu: (v: StepVcpu) => string
  readonly set: (set: StepSet) => number
  /** Of whether the new set has been observed. */
  readonly committed: (committed: boolean) => number
  /** Of everything else that has been observed. */
  readonly noted: (seen: Observed) => number
}

export const ended = (ended: Updater['ended']): number => ENDED[ended]

/** Names for the parts of the states of one world. */
export const partNames = (): PartNames => {
  const wantOf = numbering<Want>()
  return {
    vcpu: v => {
      const flags = (v.older ? 1 : 0) | (v.out ? 2 : 0) | (v.owedTurn ? 4 : 0)
      const station =
        AT[v.at] +
        8 *
          (v.space +
            2 * (BEGAN[v.began] + 4 * (v.explained + 4 * (flags + 8 * (v.also.length + 4 * v.switches)))))
      let name =
        char(station) +
        char(v.left + 16 * (v.next + 8 * (v.interrupts + 2 * (v.want === null ? 0 : wantOf(v.want) + 1))))
      name += v.hold === null ? ' ' : translation(v.hold)
      for (const t of v.also) name += translation(t)
      name += char(v.walked === null ? 0 : 1 + v.walked)
      for (const t of v.cache)
        name += translation(t) + (t.via === undefined ? '' : `${VIA}${translation({ ...t, ...t.via })}`)
      for (const n of v.buffer) name += `${NOTED}${translation({ ...n, ro: n.due, log: -1 })}`
      return name
    },
    set: numbering<StepSet>(),
    committed: committed => (committed ? 1 : 0),
    noted: seen => {
      let noted = 0
      for (let i = 0; i < NOTES.length; i++)
        if (seen[NOTES[i] as (typeof NOTES)[number]] !== null) noted |= 1 << i
      return noted + seen.atNew * (1 << NOTES.length)
    },
  }
}

/** Gives the names of the states of one world: `System.encode`. */
export const encoder = (names: PartNames = partNames()): ((cells: StepCells) => string) => {
  return cells => {
    const { updater, spaces, vcpus, logs, unreported, harvester, seen } = cells
    const noted = names.noted(seen)
    let name = char(updater.pc + 256 * ENDED[updater.ended]) + char(names.committed(seen.committed))
    name += char(noted & 0x7fff) + char((noted >> 15) & 0x7fff) + char(Math.floor(noted / (1 << 30)))
    name += char(harvester.left)
    for (const space of spaces) name += char(names.set(space.published) + 200 * names.set(space.other))
    for (let i = 0; i < logs.length; i++)
      name += char((logs[i] as number) + 1 + 256 * (unreported[i] as number)) // as many
    const own = vcpus.map(names.vcpu)
    // vCPUs that do the same are interchangeable, so their order has no meaning.
    return `${name}${own.length > 1 ? own.sort().join('\uffff') : own[0]}`
  }
}
