import { type Rule, step } from '../rewrite/index.js'
import type { Cells } from '../terms/cells.js'
import { betweenOf, type FetchPathOperation } from '../terms/operation.js'
import { type Change, onward, type Reached, type Station, type Walk, type Walking } from '../terms/walking.js'
import { changedBy } from './fetch/change.js'
import { fetchPathRelation } from './fetch-path.js'
import { dataBegins } from './walk/phase.js'
import { regimeFor } from './walk/station.js'

const stationOf = (call: FetchPathOperation, change: Change | null): Station => {
  if (call.op === 'registers') return 'registers'
  return change === null ? 'start' : 'between'
}

/** The change of slots that an operation carries in its middle. */
const changeIn = (call: FetchPathOperation): Change | null => {
  const between = betweenOf(call)
  return between === undefined ? null : { ...between, follows: null }
}

/** The machine with the operation about to take its first step. */
export const beginWalk = (cells: Cells, call: FetchPathOperation, change = changeIn(call)): Walking => {
  const vcpu = cells.vcpus.find(v => v.id === call.vcpu) ?? null
  const loaded = vcpu?.image ?? null
  const by = ('by' in call ? call.by : undefined) ?? 'emulator'
  const walk: Walk = {
    at: stationOf(call, change),
    ...dataBegins(call, by),
    by,
    vcpu,
    loaded,
    regime: loaded === null ? null : regimeFor(by, loaded, cells.params),
    offset: 'rip' in call ? call.rip : 0n,
    la: 'gva' in call ? call.gva : 0n,
    bytes: '',
    level: 0,
    gfn: 0,
    steps: [],
    unset: [],
    user: true,
    writable: true,
    executable: true,
    error: 0,
    rootless: false,
    delivering: null,
    lookups: 0,
    tops: 'unread',
    change,
    meanwhile: null,
    seeking: 'table',
  }
  const { params, spaces, protect, ring, memfds, vcpus, memory, host } = cells
  return {
    params,
    spaces,
    protect,
    ring,
    memfds,
    vcpus,
    memory,
    host,
    call,
    returned: null,
    seen: null,
    walk,
  }
}

/** What is kept of a read-modify-write whose load has exited. KVM has been left: nothing else is known when it stores. */
export type ExitedLoad = Pick<Walk, 'by' | 'exits' | 'data'>

/** How a read-modify-write goes on whose load has exited: it looks up afresh to store. */
export const beginStore =
  (load: ExitedLoad) =>
  (cells: Cells, call: FetchPathOperation, change: Change | null = null): Walking => {
    const walking = beginWalk(cells, call, change)
    const { loaded } = walking.walk
    const regime = loaded === null ? null : regimeFor(load.by, loaded, cells.params)
    return onward(walking, { ...load, regime, use: 'write', storing: true, pieces: [] })
  }

/** How an operation begins, and while another thread makes a change. */
export type Beginning = (cells: Cells, call: FetchPathOperation, change?: Change | null) => Walking

/** Where on a path the load of a read-modify-write has exited and its store is next: null on others. */
export const exitedOn = ({ rules, states }: Path): Walking | null => {
  const at = rules.findIndex(({ id }) => id === 'rmw.store' || id === 'rmw.store-afresh')
  const cells = at < 0 ? undefined : (states[at + 1] as Walking | undefined)
  return cells !== undefined && cells.walk.exits.length > 0 ? cells : null
}

/** One way an operation may go, to its end: the rules in order, and the cells before the first and after each. */
export interface Path {
  readonly rules: readonly Rule<Cells>[]
  readonly cells: Cells
  readonly states: readonly Cells[]
}

/** More steps than any operation takes: two pages at most, five levels, and a restart for each accessed bit that changed meanwhile. */
const MAX_STEPS = 400

interface Going {
  readonly rules: readonly Rule<Cells>[]
  readonly states: readonly Cells[]
  readonly cells: Cells
}

const further = ({ rules, states, cells }: Going): readonly Going[] =>
  step(fetchPathRelation, cells).map(({ rule, cells: after }) => ({
    rules: [...rules, rule],
    states: [...states, after],
    cells: after,
  }))

/** Every way an operation of the fetch path may go on a machine, with nothing in between. */
export const pathsOf = (cells: Cells, call: FetchPathOperation): readonly Path[] =>
  pathsFrom(beginWalk(cells, call))

/** Every way on from cells at which an operation stands. */
export const pathsFrom = (first: Cells): readonly Path[] => {
  let going: readonly Going[] = [{ rules: [], states: [first], cells: first }]
  const ended: Path[] = []
  for (let n = 0; going.length > 0; n++) {
    if (n > MAX_STEPS) throw new Error(`${first.call?.op} does not end`) // a fault of the rules
    const next: Going[] = []
    for (const one of going) {
      if (one.cells.returned === null) next.push(...further(one))
      else ended.push(one)
    }
    going = next
  }
  return ended
}

/** How far the change that came in the middle of an operation had come, as the operation saw it, when it ended. */
const stageAtEnd = ({ states }: Path): Reached => stageAt(states.at(-2) as Walking | undefined) // the last state is the end, and knows nothing of the way

/** How far it had come there. */
export const stageAt = (cells: Walking | undefined): Reached => {
  const meanwhile = cells?.walk.meanwhile ?? null
  if (meanwhile === null) return 'made'
  return meanwhile.stage === 'blocked' ? 'open' : 'not begun'
}

/** A way of an operation during which another thread changes slots, and how far the change has come at its end. */
export interface PathAmid extends Path {
  readonly reached: Reached
}

/**
 * Every way an operation may go while another thread makes `change`, which the way does not make to its end where the
 * operation ended before.
 */
export const waysAmid = (
  cells: Cells,
  call: FetchPathOperation,
  change: Change,
  begin: Beginning = beginWalk,
): readonly PathAmid[] => {
  const first = begin(cells, call, change)
  // Ways that begin by the same rule stand together.
  return step(fetchPathRelation, first).flatMap(({ rule, cells: begun }) =>
    pathsFrom(begun).map(path => {
      const whole = { ...path, rules: [rule, ...path.rules], states: [first, ...path.states] }
      return { ...whole, reached: stageAtEnd(path) }
    }),
  )
}

/**
 * Every way an operation of the fetch path may go. Of a change of slots that comes in between, the rules say what each
 * look-up meets; what of it the operation did not wait for is made when the operation is over.
 */
export const waysOf = (cells: Cells, call: FetchPathOperation): readonly Path[] => {
  const change = changeIn(call)
  if (change === null) return pathsOf(cells, call)
  return waysAmid(cells, call, change).map(({ reached, ...path }) =>
    reached === 'made' ? path : { ...path, cells: changedAtEnd(path.cells, change) },
  )
}

const changedAtEnd = (cells: Cells, change: Change): Cells => ({
  ...changedBy({ ...cells, returned: null }, change),
  returned: cells.returned,
})
