/** What backs a part of guest-physical memory. */
export interface Backing {
  readonly slot: number
  /** The host address or page of the first frame, as it is written. */
  readonly at: string
  readonly ro: boolean
  readonly log: boolean
  readonly state: 'live' | 'invalid' | 'disabled'
  /** Parts with one number have host pages in common. */
  readonly colour: number
  /** The frames whose bits are set, as written; '' for none. */
  readonly dirty: string
}

/** A part of guest-physical memory in which every frame is alike. */
export interface Segment {
  /** The first frame, and the first after it. */
  readonly from: number
  readonly to: number
  readonly label: string
  readonly backing: Backing | null
  /** Accesses that have to wait. */
  readonly blocked: 'no' | 'writes' | 'all'
}

/** One address space, drawn as a strip. */
export interface Strip {
  readonly name: string
  /** The segments are in order and leave nothing out between them. */
  readonly segments: readonly Segment[]
}

/** What one vCPU or caller is at. */
export interface Lane {
  readonly name: string
  readonly is: string
  /** It made the last step. */
  readonly moved: boolean
}

/** A way on: what may happen next, by the rule that says so. */
export interface Way {
  readonly rule: string
  readonly actor: string
  readonly says: string
}

/** A rule that does not apply, and the premise that keeps it from it. */
export interface Hindered {
  readonly rule: string
  readonly actor: string
  readonly premise: string
  readonly says: string
  readonly values: string
}

/** One moment of a story: everything that is drawn of it. */
export interface Moment {
  /** What happened last, who it was, and the rules by which it did. */
  readonly said: string
  readonly rules: readonly string[]
  readonly strips: readonly Strip[]
  readonly lanes: readonly Lane[]
  /** What the last step changed, a line each. */
  readonly changed: readonly string[]
  /** What is wrong in this moment: a property that is broken, a deviation, a window. */
  readonly wrong: readonly string[]
}

/** A run of any kind, moment by moment. Moment 0 is before anything happened. */
export interface Story {
  readonly title: string
  /** What it is, in a sentence or two. */
  readonly notes: readonly string[]
  readonly length: number
  moment(at: number): Moment
  /** What may happen after a moment, and what may not. */
  ways(at: number): readonly Way[]
  hindered(at: number): readonly Hindered[]
}

/** What differs between two moments' strips, a line each. */
export const changesBetween = (before: readonly Strip[], after: readonly Strip[]): readonly string[] =>
  after.flatMap((strip, i) => {
    const old = before[i]?.segments ?? []
    return strip.segments.flatMap((now, j) => {
      const was = old.find(one => one.from === now.from && one.to === now.to) ?? old[j]
      if (
        was === undefined ||
        (was.from === now.from && was.to === now.to && describe(was) === describe(now))
      )
        return []
      return [`${strip.name}, ${now.label}: ${describe(was)} → ${describe(now)}`]
    })
  })

/** A segment in words. */
export const describe = ({ backing, blocked }: Segment): string => {
  const waits = blocked === 'no' ? '' : blocked === 'all' ? ', blocked' : ', writes blocked'
  if (backing === null) return `a hole${waits}`
  const { slot, at, ro, log, state, dirty } = backing
  return (
    [
      `slot ${slot} at ${at}`,
      ...(ro ? ['RO'] : []),
      ...(log ? ['LOG'] : []),
      ...(state === 'live' ? [] : [state.toUpperCase()]),
      ...(dirty === '' ? [] : [`dirty ${dirty}`]),
    ].join(', ') + waits
  )
}

/** Numbers for parts that share host pages: equal where ranges of host pages have a page in common, directly or through others. */
export const coloursOf = (
  ranges: readonly { readonly hva: number; readonly pages: number }[],
): readonly number[] => {
  const order = ranges.map((_, i) => i).sort((a, b) => (ranges[a]?.hva ?? 0) - (ranges[b]?.hva ?? 0))
  const colours: number[] = ranges.map(() => 0)
  let colour = -1
  let end = Number.NEGATIVE_INFINITY
  for (const i of order) {
    const { hva, pages } = ranges[i] as { readonly hva: number; readonly pages: number } // `order` has indices of `ranges`
    if (hva >= end) colour++
    colours[i] = colour
    end = Math.max(end, hva + pages)
  }
  return colours
}

/** Who does what, as one text: what is a sentence by itself stands behind a colon. */
export const doing = (who: string, what: string): string =>
  /^[A-Z][a-z]/.test(what) || /^A [a-z]/.test(what) ? `${who}: ${what}` : `${who} ${what}`
