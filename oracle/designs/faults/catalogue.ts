import * as anywhere from './anywhere.js'
import * as blocking from './blocking.js'
import type { Fault, Mistake } from './fault.js'
import * as other from './other-designs.js'
import * as settling from './settling.js'
import { RESTRICT, RESTRICT_BESIDE_HOLE, SPLIT, SPLIT_LOGGED, TRUNCATE } from './updates.js'

type Mistakes = Readonly<Record<string, readonly Mistake[]>>

const everywhere: Mistakes = {
  'write-coherent': [anywhere.waitsForNobody],
  'space-scoped': [anywhere.publishesInTheOtherSpace],
  'crash-visible': [anywhere.retriesHoles],
  'sets-agree': [anywhere.replaysNothing],
}
const fromOneSwap: Mistakes = {
  ...everywhere,
  'no-hole': [anywhere.invalidIsAHole, anywhere.removesFirst],
  'two-maps': [anywhere.revokesNothing],
}
const ofBatch: Mistakes = {
  ...everywhere,
  'no-hole': [anywhere.removesFirst],
  'two-maps': [
    anywhere.revokesNothing,
    blocking.publishesBeforeItBlocks,
    blocking.revokesTooLate,
    blocking.keepsPermission,
    blocking.revokesWhereItIs,
  ],
  'dirty-complete': [
    settling.carriesNothing,
    settling.carriesTooEarly,
    settling.carryClears,
    settling.forgetsTheSameId,
    settling.retiresNothing,
    settling.freesTooEarly,
    settling.keepsPermissionUnlogged,
  ],
  'all-or-nothing': [anywhere.failsLate],
  'retry-ends': [anywhere.neverPublishes, blocking.leavesBlocked],
  undisturbed: [blocking.blocksEverything, blocking.blocksReads, blocking.blocksUnasked],
}

const on = (mistake: Mistake, update: Mistake['update']): Mistake => ({ ...mistake, update })

/** Primitives have no plan for most updates; theirs are these. */
const ofPrimitives: Mistakes = {
  'no-hole': [on(anywhere.removesFirst, SPLIT)],
  'two-maps': [on(anywhere.revokesNothing, TRUNCATE), blocking.keepsPermission],
  'two-maps, fetch-atomic': [on(anywhere.revokesNothing, TRUNCATE)],
  'write-coherent': [other.backsAnewWithoutWaiting],
  'dirty-complete': [on(settling.carriesNothing, SPLIT_LOGGED)],
  'all-or-nothing': [on(anywhere.failsLate, RESTRICT)],
  'space-scoped': [on(anywhere.publishesInTheOtherSpace, RESTRICT)],
  'retry-ends': [on(anywhere.neverPublishes, RESTRICT), blocking.leavesBlocked],
  undisturbed: [blocking.blocksEverything, blocking.blocksReads],
  'crash-visible': [on(anywhere.retriesHoles, RESTRICT_BESIDE_HOLE)],
  'sets-agree': [on(anywhere.replaysNothing, RESTRICT)],
}

/** Where INVALID is a hole nothing waits for it, so that only what is retried without end can wait for ever. */
const ofVariant: Mistakes = {
  ...everywhere,
  'all-or-nothing': [other.rollsNothingBack],
  'retry-ends': [anywhere.retriesHoles],
}

/** For each property that a design holds, mistakes that would take it away; the first is the one the matrix names. */
const MISTAKES: Readonly<Record<string, Mistakes>> = {
  sequential: { ...everywhere, 'retry-ends': [anywhere.neverPublishes] },
  'rfc-list': { 'crash-visible': [anywhere.retriesHoles] },
  'rfc-list, defects off': fromOneSwap,
  'rfc-single-swap': {
    ...fromOneSwap,
    'all-or-nothing': [other.rollsNothingBack],
    'retry-ends': [anywhere.neverPublishes, other.rollsNothingBack],
  },
  'rfc-single-swap, emulated-fetch': ofVariant,
  'rfc-single-swap, other-architecture': ofVariant,
  batch: ofBatch,
  'batch, fetch-atomic': { ...ofBatch, 'two-maps, fetch-atomic': [blocking.readsEachFrameApart] },
  'replace-all': {
    ...fromOneSwap,
    'all-or-nothing': [anywhere.failsLate],
    'retry-ends': [anywhere.neverPublishes],
  },
  primitives: ofPrimitives,
  'disabled-slot': everywhere,
  paused: { ...everywhere, 'retry-ends': [anywhere.neverPublishes] },
  'fetch-exit': {
    'write-coherent': [anywhere.waitsForNobody],
    'space-scoped': [anywhere.publishesInTheOtherSpace],
    'sets-agree': [anywhere.replaysNothing],
  },
}

/** Every seeded fault. */
export const faults: readonly Fault[] = Object.entries(MISTAKES).flatMap(([of, byProperty]) =>
  Object.entries(byProperty).flatMap(([property, mistakes]) =>
    mistakes.map(mistake => ({ ...mistake, of, property })),
  ),
)

/** The fault that takes a property away from a design that has it; null where the design has not. */
export const faultFor = (design: string, property: string): Fault | null =>
  faults.find(fault => fault.of === design && fault.property === property) ?? null
