import { describe, expect, it } from 'vitest'
import type { Design, Update } from '../../../spec/designs/design.js'
import { sequential } from '../../../spec/designs/sequential.js'
import { initialCells, worldOf } from '../../../spec/designs/world.js'
import { setOf } from '../../../spec/generate/index.js'
import { stepsFrom } from '../../../spec/rules/steps/relation.js'
import { u64 } from '../../../spec/terms/numbers.js'
import type { By, Operation, SetCall } from '../../../spec/terms/operation.js'
import type { Seen } from '../../../spec/terms/result.js'
import type { StepCells } from '../../../spec/terms/steps/cells.js'
import type { StepSlot } from '../../../spec/terms/steps/slots.js'
import type { Want } from '../../../spec/terms/steps/world.js'
import { begins, ends, judged, whole } from '../../generate/records.js'
import { encoder } from '../system/encode.js'
import { CALL, FAILURE, observed, RETURN } from './observed.js'

/*
 * The grain of steps explores a slot that is deleted or moved and tells what an access may find in the middle of the
 * call. The checker, at the grain of calls, is asked of the same event as two threads. They must agree on every outcome.
 */

const slot = (base: number, npages: number): StepSlot => ({
  ...{ id: 1, base, npages, hva: 0, ro: false, log: -1 },
  state: 'live',
})
const UPDATES: Readonly<Record<string, Update>> = {
  'deletes a slot': { frames: 3, before: [slot(0, 2)], after: [], nextLog: 0 },
  'moves a slot over its own range': { frames: 3, before: [slot(0, 2)], after: [slot(1, 2)], nextLog: 0 },
}

/** The emulator keeps no translations and takes INVALID for a hole; the processor keeps them, and retries. */
const by: Readonly<Record<By, Design>> = {
  emulator: {
    ...sequential,
    behaviour: { ...sequential.behaviour, invalid: { data: 'hole', fetch: 'hole' }, caches: false },
  },
  hardware: {
    ...sequential,
    behaviour: { ...sequential.behaviour, invalid: { data: 'retry', fetch: 'retry' }, caches: true },
  },
}

/** What an access may find that begins after the call and ends before it returns or fails. */
const foundBySteps = (path: By, update: Update, want: Want): ReadonlySet<string> => {
  const scope = {
    frames: update.frames,
    vcpus: 1,
    accesses: 1,
    harvests: 0,
    menu: [want],
    warm: path === 'hardware',
  }
  const world = worldOf(by[path], update, scope)
  if (world === null) throw new Error('sequential has a plan for every update')
  const encode = encoder()
  const found = new Set<string>()
  const seen = new Set<string>()
  const queue: { readonly cells: StepCells; readonly called: boolean }[] = [
    { cells: initialCells(world, scope), called: false },
  ]
  for (const { cells, called } of queue) {
    for (const { cells: to } of stepsFrom(cells)) {
      const label = observed(cells, to)
      if (label === RETURN || label === FAILURE) continue
      if (label?.includes('begins to') && !called) continue
      const met = label?.split(': ')[1]
      if (met !== undefined) found.add(met)
      const next = { cells: to, called: called || label === CALL }
      const name = `${encode(to)}${next.called}`
      if (seen.has(name)) continue
      seen.add(name)
      queue.push(next)
    }
  }
  return found
}

const region = ({ id, base, npages }: StepSlot): SetCall => setOf([id, base, npages, 0x10])
const callOf = ({ before, after }: Update): SetCall => {
  const [was, is] = [before[0] as StepSlot, after[0]]
  return is === undefined ? { ...region(was), size: u64(0), hva: u64(0), gpa: u64(0) } : region(is)
}

/** What the checker allows of it: host pages are told by their bytes. */
const foundByCalls = (path: By, update: Update, { kind, frames }: Want): ReadonlySet<string> => {
  const access = {
    ...{ op: kind, vcpu: 0, gfn: frames[0], offset: 0, size: 1 },
    by: path,
  } as Operation
  const start = [
    ...whole(90, region(update.before[0] as StepSlot), { is: 'ok' }),
    ...whole(91, { op: 'create-vcpu', vcpu: 0 }, { is: 'ok' }),
    ...[0, 1].flatMap(page =>
      whole(92, { op: 'poke', hva: u64((0x10 + page) * 4096), data: `a${page}` }, { is: 'ok' }),
    ),
  ]
  const hole: Seen = { is: 'access', end: kind === 'fetch' ? 'exit' : 'mmio' }
  const outcomes: Readonly<Record<string, Seen>> = {
    'host page 0': { is: 'access', end: 'data', data: 'a0' },
    'host page 1': { is: 'access', end: 'data', data: 'a1' },
    'a hole': hole,
  }
  const allowed = Object.entries(outcomes).filter(
    ([, seen]) =>
      judged(
        { profile: 'linux' },
        start,
        begins(1, callOf(update), 9),
        begins(2, access),
        ends(2, seen),
        ends(1, { is: 'ok' }),
      ).is === 'conforms',
  )
  return new Set(allowed.map(([name]) => name))
}

describe.each(Object.entries(UPDATES))('while another thread %s', (_, update) => {
  it.each(
    (['emulator', 'hardware'] as const).flatMap(path =>
      (['read', 'fetch'] as const).flatMap(kind => [0, 1, 2].map(frame => [path, kind, frame] as const)),
    ),
  )('the %s finds by a %s of frame %i the same at the grain of steps and of calls', (path, kind, frame) => {
    const want: Want = { kind, frames: [frame] }
    expect([...foundBySteps(path, update, want)].sort()).toEqual([...foundByCalls(path, update, want)].sort())
  })
})
