import { WAITING_INSIDE } from '../workloads.js'
import * as anywhere from './anywhere.js'
import * as blocking from './blocking.js'
import type { Fault, SeededFault } from './fault.js'
import * as other from './other-designs.js'
import * as settling from './settling.js'
import { REDIRECT, REMOVE, RESTRICT, RESTRICT_BESIDE_HOLE, SPLIT, SPLIT_LOGGED, TRUNCATE } from './updates.js'
import * as waiting from './waiting.js'

type Faults = Readonly<Record<string, readonly Fault[]>>

const fromAnySwap: Faults = {
  'space-scoped': [anywhere.publishesInTheOtherSpace, anywhere.waitsInTheOtherSpace, anywhere.freesById],
  'crash-visible': [anywhere.retriesHoles],
  'sets-agree': [anywhere.replaysNothing],
}
const returning: Faults = { 'calls-return': [waiting.needsTheLockInside] }
const everywhere: Faults = { ...fromAnySwap, ...returning, 'write-coherent': [anywhere.waitsForNobody] }
const fromOneSwap: Faults = {
  ...everywhere,
  'no-hole': [anywhere.invalidIsAHole, anywhere.removesFirst],
  'two-maps': [anywhere.revokesNothing],
}
/** Only what waits inside the hypervisor is owed a turn. */
const inside = (fault: Fault): Fault => ({ ...fault, workload: WAITING_INSIDE })

/** Faults in designs that hold off accesses of other spaces as well. */
const { 'space-scoped': __, ...fromOneNumber } = { ...fromAnySwap, ...returning }
/** Faults in settling that both designs of one swap can have. */
const settlingFaults: readonly Fault[] = [settling.carriesNothing, settling.retiresNothing]
/** Faults in what is waited for before an update begins. */
const turns: readonly Fault[] = [
  waiting.waitsUnderTheLock,
  waiting.owesTheGivenUp,
  waiting.waitsForTheGuest,
  waiting.needsTheLockInside,
]
const ofBatch: Faults = {
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
    anywhere.forgetsTheMark,
  ],
  'all-or-nothing': [anywhere.failsLate],
  'retry-ends': [anywhere.neverPublishes, blocking.leavesBlocked],
  'retry-ends, for ever': [inside(anywhere.waitsForNoTurn)],
  'calls-return': turns,
  undisturbed: [blocking.blocksEverything, blocking.blocksReads, blocking.blocksUnasked],
}

const on = (fault: Fault, update: Fault['update']): Fault => ({ ...fault, update })

/** The added calls alone are enough for few updates; these are among them. */
const ofPrimitivesAlone: Faults = {
  'no-hole': [on(anywhere.removesFirst, SPLIT)],
  'two-maps': [on(anywhere.revokesNothing, TRUNCATE), blocking.keepsPermission],
  'two-maps, fetch-atomic': [on(anywhere.revokesNothing, TRUNCATE)],
  'write-coherent': [other.backsAnewWithoutWaiting],
  'dirty-complete': [on(settling.carriesNothing, SPLIT_LOGGED), anywhere.forgetsTheMark],
  'all-or-nothing': [on(anywhere.failsLate, RESTRICT)],
  'space-scoped': [
    on(anywhere.publishesInTheOtherSpace, RESTRICT),
    on(anywhere.waitsInTheOtherSpace, RESTRICT),
    on(anywhere.freesById, SPLIT_LOGGED),
  ],
  'retry-ends': [on(anywhere.neverPublishes, RESTRICT), blocking.leavesBlocked],
  'calls-return': [on(waiting.needsTheLockInside, RESTRICT)],
  undisturbed: [blocking.blocksEverything, blocking.blocksReads],
  'crash-visible': [on(anywhere.retriesHoles, RESTRICT_BESIDE_HOLE)],
  'sets-agree': [on(anywhere.replaysNothing, RESTRICT)],
}

/** Where an INVALID slot is a hole no access waits for it, so that only a fetch retried without end waits for ever. */
const waitingForHoles: Faults = {
  'retry-ends': [anywhere.retriesHoles],
  'retry-ends, for ever': [anywhere.retriesHoles],
}
const ofVariant: Faults = {
  ...everywhere,
  'all-or-nothing': [other.rollsNothingBack],
  'retry-ends': [anywhere.retriesHoles],
}
const ofReplacing: Faults = { ...ofVariant, 'all-or-nothing': [anywhere.failsLate] }
const { undisturbed: _, ...ofOverBlocking } = ofBatch
const { 'no-hole': ___, 'two-maps': ____, ...ofNoDeferral } = ofBatch

const ofSequential: Faults = { ...everywhere, 'retry-ends': [anywhere.neverPublishes] }
/** Faults where marks are made before the data. */
const marksFirst: readonly Fault[] = [settling.leavesPermission, settling.takesWhatIsInFlight]
const ofGate: Faults = {
  ...fromOneNumber,
  'no-hole': [anywhere.removesFirst],
  'two-maps': [anywhere.revokesNothing],
  'write-coherent': [other.swapsBeforeTheDrain],
  'dirty-complete': settlingFaults,
  'all-or-nothing': [anywhere.failsLate],
  'retry-ends': [other.neverLetsGoOn],
  'retry-ends, for ever': [anywhere.waitsForNoTurn],
  'calls-return': [waiting.waitsUnderTheLock, waiting.owesTheGivenUp],
}

const { 'write-coherent': _____, ...ofGateBesideIoctls } = ofGate

/** By design and property that holds: faults that break it. The matrix names the first. */
const FAULTS: Readonly<Record<string, Faults>> = {
  sequential: ofSequential,
  'sequential, mark-first': ofSequential,
  'sequential, buffered': ofSequential,
  'rfc-list': { 'crash-visible': [anywhere.retriesHoles], ...returning },
  'rfc-list, defects off': fromOneSwap,
  'rfc-list, defects off, emulated-fetch': everywhere,
  'rfc-list, defects off, other-architecture': { ...everywhere, ...waitingForHoles },
  'rfc-single-swap': {
    ...fromOneSwap,
    'all-or-nothing': [other.rollsNothingBack],
    'retry-ends': [anywhere.neverPublishes, other.rollsNothingBack],
  },
  'rfc-single-swap, emulated-fetch': ofVariant,
  'rfc-single-swap, other-architecture': { ...ofVariant, ...waitingForHoles },
  'rfc-single-swap, literally': {
    ...fromAnySwap,
    ...returning,
    ...waitingForHoles,
    'no-hole': [anywhere.removesFirst],
    'all-or-nothing': [anywhere.failsLate],
    undisturbed: [blocking.blocksUnasked],
  },
  'rfc-single-swap, emulated': {
    ...everywhere,
    'all-or-nothing': [other.rollsNothingBack],
    'retry-ends': [anywhere.neverPublishes],
  },
  batch: ofBatch,
  'batch, absence-caches': {
    ...ofBatch,
    'two-maps': [blocking.remembersTooLong, ...(ofBatch['two-maps'] ?? [])],
  },
  'batch, mark-first': { ...ofBatch, 'dirty-complete': marksFirst },
  'batch, buffered': { ...ofBatch, 'dirty-complete': [settling.flushesNothing] },
  'batch, over-block': ofOverBlocking,
  'batch, shadow': {
    ...ofBatch,
    'two-maps': [blocking.keepsWhatWasDerived, blocking.installsTooLate],
    'two-maps, fetch-atomic': [blocking.keepsWhatWasDerived],
  },
  'batch, in-kernel': ofBatch,
  'batch, no-deferral': ofNoDeferral,
  'batch, capped': ofSequential,
  'rfc-list, defects off, emulated': everywhere,
  'replace-all, emulated': ofReplacing,
  'disabled-slot, in-kernel': { ...everywhere, 'dirty-complete': [other.fetchesNothing] },
  'paused, always, in-kernel': {
    ...everywhere,
    'all-or-nothing': [other.goesOnAfterAFailure],
    'space-scoped': [anywhere.publishesInTheOtherSpace],
    'retry-ends': [on(anywhere.neverPublishes, REMOVE)],
    'retry-ends, for ever': [anywhere.pausesNobody],
    'calls-return': [waiting.pausesUnderTheLock],
  },
  'gate, ioctls': ofGateBesideIoctls,
  'batch, fetch-atomic': {
    ...ofBatch,
    'two-maps, fetch-atomic': [blocking.readsEachFrameApart],
    'retry-ends, for ever': [inside(anywhere.waitsForNoTurn), inside(blocking.turnOfOneFrame)],
  },
  'replace-all': {
    ...fromOneSwap,
    'all-or-nothing': [anywhere.failsLate],
    'retry-ends': [anywhere.neverPublishes],
  },
  primitives: { ...everywhere, 'retry-ends': [anywhere.neverPublishes] },
  'primitives, alone': ofPrimitivesAlone,
  'replace-all, emulated-fetch': ofReplacing,
  'replace-all, other-architecture': { ...ofReplacing, ...waitingForHoles },
  'disabled-slot': {
    ...everywhere,
    'no-hole': [anywhere.removesFirst],
    'two-maps': [anywhere.revokesNothing],
    'dirty-complete': [other.fetchesNothing],
  },
  'disabled-slot, no-replacement': { ...everywhere, 'dirty-complete': [other.fetchesNothing] },
  paused: {
    ...everywhere,
    'no-hole': [on(anywhere.pausesNobody, REDIRECT)],
    'two-maps': [anywhere.revokesNothing],
    'two-maps, fetch-atomic': [anywhere.revokesNothing],
    'all-or-nothing': [other.goesOnAfterAFailure],
    'retry-ends': [on(anywhere.neverPublishes, REMOVE)],
    'calls-return': [on(waiting.needsTheLockInside, REMOVE)],
  },
  'paused, always': {
    ...everywhere,
    'no-hole': [on(anywhere.pausesNobody, REDIRECT)],
    'two-maps': [anywhere.revokesNothing],
    'two-maps, fetch-atomic': [anywhere.revokesNothing],
    'dirty-complete': [other.fetchesNothing],
    'all-or-nothing': [other.goesOnAfterAFailure],
    // A vCPU that is kept out observes nothing of what is done to the other space meanwhile.
    'space-scoped': [anywhere.publishesInTheOtherSpace],
    'retry-ends': [on(anywhere.neverPublishes, REMOVE)],
    'retry-ends, for ever': [anywhere.pausesNobody],
    'calls-return': [waiting.pausesUnderTheLock],
  },
  'paused, resumes': {
    ...everywhere,
    'retry-ends': [anywhere.neverPublishes],
    'calls-return': [on(waiting.needsTheLockInside, REMOVE)],
  },
  'fetch-exit': { ...everywhere, 'retry-ends': [anywhere.neverPublishes] },
  notify: {
    ...fromOneNumber,
    'no-hole': [anywhere.removesFirst],
    'two-maps': [anywhere.revokesNothing],
    'dirty-complete': settlingFaults,
    'all-or-nothing': [anywhere.failsLate],
    'retry-ends': [other.neverLetsGoOn],
  },
  gate: ofGate,
  'gate, mark-first': { ...ofGate, 'dirty-complete': marksFirst },
  'gate, buffered': { ...ofGate, 'dirty-complete': [settling.flushesNothing] },
  'fetch-exit, always': {
    ...returning,
    'write-coherent': everywhere['write-coherent'] ?? [],
    'space-scoped': everywhere['space-scoped'] ?? [],
    'sets-agree': everywhere['sets-agree'] ?? [],
  },
}

/** Every seeded fault. */
export const faults: readonly SeededFault[] = Object.entries(FAULTS).flatMap(([of, byProperty]) =>
  Object.entries(byProperty).flatMap(([property, seeded]) =>
    seeded.map(fault => ({ ...fault, of, property })),
  ),
)

/** The fault that breaks a property of a design; null where the property does not hold without it. */
export const faultFor = (design: string, property: string): SeededFault | null =>
  faults.find(fault => fault.of === design && fault.property === property) ?? null
