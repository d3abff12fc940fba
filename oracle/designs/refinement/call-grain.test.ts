import { describe, expect, it } from 'vitest'
import { FAIL } from '../../../spec/designs/calls.js'
import type { Design, Update } from '../../../spec/designs/design.js'
import { sequential } from '../../../spec/designs/sequential.js'
import { initialCells, worldOf } from '../../../spec/designs/world.js'
import { deleteOf, setOf } from '../../../spec/generate/index.js'
import { stepsFrom } from '../../../spec/rules/steps/relation.js'
import { u64 } from '../../../spec/terms/numbers.js'
import type { By, Operation, SetCall } from '../../../spec/terms/operation.js'
import type { Seen } from '../../../spec/terms/result.js'
import type { StepCells } from '../../../spec/terms/steps/cells.js'
import type { StepSlot } from '../../../spec/terms/steps/slots.js'
import type { Behaviour, Want } from '../../../spec/terms/steps/world.js'
import { begins, ends, judged, whole } from '../../generate/records.js'
import type { TraceRecord } from '../../wire/record.js'
import { encoder } from '../system/encode.js'
import { CALL, FAILURE, observed, RETURN } from './observed.js'

/*
 * The grain of steps explores a slot that is deleted or moved and tells what an access may find in the middle of the
 * call. The checker, at the grain of calls, is asked of the same event as two threads. They must agree on every outcome.
 */

const slot = (base: number, npages: number, hva = 0): StepSlot => ({
  ...{ id: 1, base, npages, hva, ro: false, log: -1 },
  state: 'live',
})
const FRAMES = 3

/** What another thread does: the update at the grain of steps, whether it fails after its first swap, and its calls. */
interface Change {
  readonly update: Update
  readonly fails: boolean
  readonly calls: readonly (readonly [SetCall, Seen])[]
}

const HOST = 0x10
/** Pages of the host that stand behind the slot before and after. */
const HOST_PAGES = [0, 1, 4, 5] as const
const OK: Seen = { is: 'ok' }
const region = ({ id, base, npages, hva }: StepSlot): SetCall => setOf([id, base, npages, HOST + hva])
const deletion: SetCall = deleteOf(1)
const update = (after: readonly StepSlot[]): Update => ({
  frames: FRAMES,
  before: [slot(0, 2)],
  after,
  nextLog: 0,
})
const moved = slot(1, 2)
const CHANGES: Readonly<Record<string, Change>> = {
  'deletes a slot': { update: update([]), fails: false, calls: [[deletion, OK]] },
  'moves a slot over its own range': { update: update([moved]), fails: false, calls: [[region(moved), OK]] },
  'fails to move a slot over its own range': {
    update: update([moved]),
    fails: true,
    calls: [
      [
        { ...region(moved), allocation: 'late' },
        { is: 'error', errno: 'ENOMEM' },
      ],
    ],
  },
  'deletes a slot and makes it again with other pages': {
    update: update([slot(0, 2, 4)]),
    fails: false,
    calls: [
      [deletion, OK],
      [region(slot(0, 2, 4)), OK],
    ],
  },
}

/** A path: how the grain of steps has it, and the grain of calls. */
interface Path {
  readonly behaviour: Partial<Behaviour>
  readonly by: By
  readonly invalid: 'retry' | 'hole'
}
const bothWays = (how: 'retry' | 'hole') => ({ data: how, fetch: how })
/** The emulator keeps no translations and takes INVALID for a hole; the processor keeps them, and retries, or does not. */
const PATHS: Readonly<Record<string, Path>> = {
  emulator: {
    behaviour: { invalid: bothWays('hole'), caches: false },
    by: 'emulator',
    invalid: 'retry',
  },
  processor: { behaviour: { invalid: bothWays('retry'), caches: true }, by: 'hardware', invalid: 'retry' },
  'processor whose faults are not retried': {
    behaviour: { invalid: bothWays('hole'), caches: true },
    by: 'hardware',
    invalid: 'hole',
  },
}

const KINDS = ['read', 'fetch', 'write', 'rmw'] as const
type Kind = (typeof KINDS)[number]

/** Whether the rule of a step belongs to a run in which the update fails after its first swap, or to one in which it does not. */
const isOfRun = (fails: boolean, { world, updater }: StepCells, rule: string): boolean => {
  const micro = world.script[updater.pc]
  if (micro?.kind !== 'may-fail') return true
  const failsHere = fails && micro.to !== FAIL
  return rule === 'update.fails' ? failsHere : rule !== 'update.goes-on' || !failsHere
}

/** What an access met by a step; of an atomic operation the load, whose end as an exit ends the access at the grain of calls. */
const metBy = (from: StepCells, to: StepCells): string | null => {
  const { self } = to
  if (self.kind !== 'vcpu') return null
  const was = from.vcpus.find(v => v.id === self.id)
  if (was?.want?.kind === 'rmw' && self.want?.kind === 'write') return 'a hole'
  return observed(from, to)?.split(': ')[1] ?? null
}

/** What an access may find that begins after the first call and ends before the last returns or fails. */
const foundBySteps = (
  { behaviour }: Path,
  { update, fails, calls }: Change,
  want: Want,
): ReadonlySet<string> => {
  const scope = {
    frames: FRAMES,
    vcpus: 1,
    accesses: 1,
    harvests: 0,
    menu: [want],
    warm: behaviour.caches === true,
  }
  const design: Design = { ...sequential, behaviour: { ...sequential.behaviour, ...behaviour } }
  const world = worldOf(design, update, scope)
  if (world === null) throw new Error('sequential has a plan for every update')
  const encode = encoder()
  const found = new Set<string>()
  const seen = new Set<string>()
  const queue: { readonly cells: StepCells; readonly made: number; readonly over: number }[] = [
    { cells: initialCells(world, scope), made: 0, over: 0 },
  ]
  for (const { cells, made, over } of queue) {
    for (const move of stepsFrom(cells)) {
      if (!isOfRun(fails, cells, move.rule.id)) continue
      const to = move.cells
      const label = observed(cells, to)
      const ended = over + (label === RETURN || label === FAILURE ? 1 : 0)
      if (ended === calls.length) continue
      if (label?.includes('begins to') && made === 0) continue
      const met = metBy(cells, to)
      if (met !== null) {
        found.add(met)
        continue
      }
      const next = { cells: to, made: made + (label === CALL ? 1 : 0), over: ended }
      const name = `${encode(to)} ${next.made} ${next.over}`
      if (seen.has(name)) continue
      seen.add(name)
      queue.push(next)
    }
  }
  return found
}

const DATA = 'ff'
const accessOf = ({ by }: Path, kind: Kind, gfn: number): Operation => {
  const at = { vcpu: 0, gfn, offset: 0, by }
  return kind === 'read' || kind === 'fetch' ? { op: kind, ...at, size: 1 } : { op: kind, ...at, data: DATA }
}
/** Host pages are told by their bytes, what was written by the same pages behind another slot. */
const START = [
  ...whole(90, region(slot(0, 2)), OK),
  ...whole(91, setOf([2, 0x40, 8, HOST]), OK),
  ...whole(92, { op: 'create-vcpu', vcpu: 0 }, OK),
  ...HOST_PAGES.flatMap(page =>
    whole(93, { op: 'poke', hva: u64((HOST + page) * 4096), data: `a${page}` }, OK),
  ),
]
const shows = (page: number, data: string) =>
  whole(
    80,
    { op: 'read', vcpu: 0, gfn: 0x40 + page, offset: 0, size: 1, by: 'emulator' },
    { is: 'access', end: 'data', data },
  )

/** How an access ends at a host page or in a hole, and what a reader of the host pages sees afterwards. */
const outcomes = (kind: Kind): Readonly<Record<string, readonly [Seen, readonly TraceRecord[]]>> => ({
  'a hole': [{ is: 'access', end: kind === 'fetch' ? 'exit' : 'mmio' }, []],
  ...Object.fromEntries(
    HOST_PAGES.map(page => [
      `host page ${page}`,
      [
        { is: 'access', end: 'data', ...(kind === 'write' ? {} : { data: `a${page}` }) },
        kind === 'write' || kind === 'rmw' ? shows(page, DATA) : [],
      ],
    ]),
  ),
})

/** What the checker allows of it. */
const foundByCalls = (path: Path, { calls }: Change, kind: Kind, gfn: number): ReadonlySet<string> => {
  const amid = (seen: Seen) =>
    calls.flatMap(([call, answer], i) => [
      begins(10 + i, call, 9),
      ...(i === 0 ? [begins(1, accessOf(path, kind, gfn))] : []),
      ...(i === calls.length - 1 ? [ends(1, seen)] : []),
      ends(10 + i, answer),
    ])
  const allowed = Object.entries(outcomes(kind)).filter(
    ([, [seen, afterwards]]) =>
      judged({ profile: 'linux', invalid: path.invalid }, START, amid(seen), afterwards).is === 'conforms',
  )
  return new Set(allowed.map(([name]) => name))
}

describe.each(Object.entries(CHANGES))('while another thread %s', (_, change) => {
  it.each(
    Object.entries(PATHS).flatMap(([name, path]) =>
      KINDS.flatMap(kind => [0, 1, 2].map(frame => [name, kind, frame, path] as const)),
    ),
  )(
    'the %s finds by a %s of frame %i the same at the grain of steps and of calls',
    (__, kind, frame, path) => {
      const bySteps = foundBySteps(path, change, { kind, frames: [frame] })
      expect([...foundByCalls(path, change, kind, frame)].sort()).toEqual([...bySteps].sort())
      expect(bySteps.size).toBeGreaterThan(0)
    },
  )
})
