import type { Config } from '../../../oracle/wire/config.js'
import type { Schedule } from '../../../oracle/wire/program.js'
import { below, chance, pick, type Random } from '../../../spec/generate/random.js'
import type { Operation } from '../../../spec/terms/operation.js'
import { isLogged, type Layout, pageBehind } from './layout.js'
import type { Kind, ProgramPlay } from './plays.js'
import { byBatches, type Style } from './style.js'
import { TAG, TAG_BYTES, tagFor } from './tag.js'

/** How much the threads of a program do. */
export interface Size {
  /** Frames of a slot: even. */
  readonly frames: number
  readonly updates: number
  /** Of each vCPU. */
  readonly accesses: number
  /** Accesses that are not drawn: writes take their place. */
  readonly without?: readonly Kind[]
}

/** What a play asks of one VM: one thread, then all at the same time, then one again. */
export interface Script {
  readonly config: Config
  readonly before: readonly Operation[]
  /** The updating thread is the first. */
  readonly threads: readonly (readonly Operation[])[]
  /** The numbers of the threads, where they are not their places. */
  readonly tids?: readonly number[]
  /** How the threads take turns; at the same time where absent. */
  readonly schedule?: Schedule
  readonly after: readonly Operation[]
}

export const VCPUS = 3
/** Where vCPU `v` writes. */
export const ownOffset = (vcpu: number): number => TAG_BYTES * (1 + vcpu)

/** `bytes` bytes of a number, least significant first. */
export const bytesOf = (value: number, bytes: number): string => {
  let text = ''
  for (let left = value, i = 0; i < bytes; i++, left = Math.floor(left / 256))
    text += (left % 256).toString(16).padStart(2, '0')
  return text
}

/** A slot that maps every host page, through which they get their numbers. */
const EVERYTHING = 30
const ELSEWHERE = 0x10000
/** Half of the accesses go to so many frames, so that threads meet; the others anywhere, so that marks are not made good. */
const HOT = 2

const drawAccess = (
  random: Random,
  play: ProgramPlay,
  { frames, without = [] }: Size,
  vcpu: number,
  value: number,
): Operation => {
  const { base, npages, kinds } = pick(random, play.reaches(frames))
  const gfn =
    base + (chance(random, 0.5) ? npages - 1 - below(random, Math.min(HOT, npages)) : below(random, npages))
  const drawn = pick(random, kinds)
  const kind: Kind = without.includes(drawn) ? 'write' : drawn
  // What is fetched is the number of the page, which is code.
  const offset = kind === 'fetch' || chance(random, 0.5) ? TAG : ownOffset(below(random, VCPUS))
  const at = { vcpu, gfn }
  switch (kind) {
    case 'read':
    case 'fetch':
      return { op: kind, ...at, offset, size: TAG_BYTES }
    case 'walk':
      return { op: kind, ...at, offset, size: TAG_BYTES }
    case 'write':
    case 'rmw':
    case 'ad-update':
      return { op: kind, ...at, offset: ownOffset(vcpu), data: bytesOf(value, TAG_BYTES) }
  }
}

/** Gives every host page of the layouts its number. */
const tag = ({ to }: Style, pages: readonly number[]): readonly Operation[] => {
  const runs: { page: number; count: number }[] = []
  for (const page of pages) {
    const last = runs.at(-1)
    if (last !== undefined && last.page + last.count === page) last.count++
    else runs.push({ page, count: 1 })
  }
  const layout: Layout = runs.map(({ page, count }, i) => ({
    ...{ id: EVERYTHING + i, base: ELSEWHERE + page },
    ...{ npages: count, page, flags: 0 },
  }))
  return [
    ...to(0, [], layout),
    ...pages.map(
      (page): Operation => ({
        ...{ op: 'write', vcpu: 0, gfn: ELSEWHERE + page, offset: TAG },
        data: tagFor(page),
      }),
    ),
    ...to(0, layout, []),
  ]
}

const pagesOf = (layouts: readonly Layout[]): readonly number[] => {
  const pages = new Set<number>()
  for (const layout of layouts)
    for (const one of layout)
      for (let gfn = one.base; gfn < one.base + one.npages; gfn++) pages.add(pageBehind(one, gfn))
  return [...pages].sort((a, b) => a - b)
}

const harvests = (as: number, layout: Layout): readonly Operation[] =>
  layout.filter(isLogged).map(({ id }): Operation => ({ op: 'get-dirty', as, id }))

/** Draws a program of a play. */
export const drawScript = (
  play: ProgramPlay,
  size: Size,
  random: Random,
  style: Style = byBatches,
): Script => {
  const { to, config } = style
  const layouts = play.layouts(size.frames, random)
  const first = layouts[0] as Layout // a play has layouts
  const { as, elsewhere } = play
  const other = elsewhere?.layout(size.frames)
  const updates: Operation[] = []
  let now = first
  for (let i = 1; i <= size.updates; i++) {
    const next = layouts[i % layouts.length] as Layout
    updates.push(...to(as, now, next))
    now = next
    if (chance(random, 0.7)) updates.push(...harvests(as, now))
  }
  const vcpus = Array.from({ length: VCPUS }, (_, vcpu) => vcpu)
  return {
    config,
    before: [
      ...vcpus.map((vcpu): Operation => ({ op: 'create-vcpu', vcpu })),
      ...tag(style, pagesOf([...layouts, ...(other === undefined ? [] : [other])])),
      ...to(as, [], first),
      ...(elsewhere === undefined || other === undefined
        ? []
        : [
            ...to(elsewhere.as, [], other),
            ...vcpus.slice(1).map((vcpu): Operation => ({ op: 'set-vcpu', vcpu, as: elsewhere.as })),
          ]),
    ],
    threads: [
      updates,
      ...vcpus.map(vcpu =>
        Array.from({ length: size.accesses }, (_, i) => drawAccess(random, play, size, vcpu, 1 + i)),
      ),
    ],
    after: [...harvests(as, now), ...(elsewhere === undefined ? [] : harvests(elsewhere.as, other ?? []))],
  }
}
