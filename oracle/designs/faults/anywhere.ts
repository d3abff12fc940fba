import { allFrames } from '../../../spec/designs/calls.js'
import { otherSpace } from '../../../spec/designs/world.js'
import type { StepVcpu } from '../../../spec/terms/steps/cells.js'
import { ALONE, PAIR, type Workload } from '../workloads.js'
import type { Fault } from './fault.js'
import { all, extra, otherwise, without } from './script.js'
import { REDIRECT, REMOVE, REMOVE_LOGGED, TRUNCATE_LOGGED } from './updates.js'

/** One vCPU that makes one access. */
export const ONCE: Workload = { ...ALONE, accesses: 1, harvests: 0 }
/** One vCPU that makes two. */
export const TWICE: Workload = { ...ALONE, harvests: 0 }

/** One vCPU that is in SMM, and makes one access there. */
export const ONCE_IN_SMM: Workload = { ...ONCE, smm: 1 }

/**
 * Faults that can be made in any design. Where a design has no plan for a fault's update, the catalogue gives
 * another.
 */
export const revokesNothing: Fault = {
  id: 'revokes-nothing',
  says: 'cached translations outlive the set they came from',
  update: REMOVE,
  workload: TWICE,
  design: without('revoke'),
}

export const waitsForNobody: Fault = {
  id: 'waits-for-nobody',
  says: 'neither revocation nor drain waits for accesses in flight',
  update: REDIRECT,
  workload: PAIR,
  design: all(without('revoke'), without('drain'), without('pause')),
}

export const invalidIsAHole: Fault = {
  id: 'invalid-is-a-hole',
  says: 'an access to an INVALID slot is not retried',
  update: REDIRECT,
  workload: ONCE,
  design: design => ({
    ...design,
    behaviour: { ...design.behaviour, invalid: { data: 'hole', fetch: 'hole' } },
  }),
}

export const removesFirst: Fault = {
  id: 'removes-first',
  says: 'a set without the slots that change is published before the final one',
  update: REDIRECT,
  workload: ONCE,
  design: extra('before', 'publish', -1, ({ before, after }) => ({
    kind: 'publish',
    space: 0,
    set: { slots: before.filter(slot => after.includes(slot)), blocked: [], noWrites: [] },
  })),
}

export const failsLate: Fault = {
  id: 'fails-late',
  says: 'something may still fail after the first swap',
  update: REDIRECT,
  workload: ONCE,
  design: extra('after', 'publish', 0, () => ({ kind: 'may-fail', to: 0 })),
}

export const publishesInTheOtherSpace: Fault = {
  id: 'publishes-in-the-other-space',
  says: 'the first swap is that of space 1',
  update: REMOVE,
  workload: ONCE_IN_SMM,
  design: otherwise('publish', 'each', micro => ({ ...micro, space: 1 })),
}

const inTheOther = (blocks: boolean) =>
  extra('before', 'publish', -1, ({ frames }, { logs }) => {
    const set = otherSpace(frames, logs)
    return { kind: 'publish', space: 1, set: blocks ? { ...set, blocked: allFrames(frames) } : set }
  })

export const waitsInTheOtherSpace: Fault = {
  id: 'waits-in-the-other-space',
  says: 'the frames are blocked in space 1 as well, until the last swap',
  update: REMOVE,
  workload: ONCE_IN_SMM,
  // Each is put before the last swap: the one that unblocks first, so that the one that blocks comes before it.
  design: all(inTheOther(true), inTheOther(false)),
}

export const freesById: Fault = {
  id: 'frees-by-id',
  says: 'the bitmap of the slot of the same id in space 1 is freed',
  update: REMOVE_LOGGED,
  workload: { ...ONCE, switches: 1 },
  // The bitmap of the other space is the last.
  design: extra('after', 'publish', 0, (_, { logs }) => ({ kind: 'free', log: logs })),
}

export const neverPublishes: Fault = {
  id: 'never-publishes',
  says: 'the last swap is left out, so that accesses that wait for it wait for ever',
  update: REMOVE,
  workload: ONCE,
  design: without('publish', -1),
}

export const retriesHoles: Fault = {
  id: 'retries-holes',
  says: 'a fetch from a hole is always retried, also where no slot will appear',
  update: REMOVE,
  workload: ONCE,
  design: design => ({ ...design, behaviour: { ...design.behaviour, fetchExit: 'always' } }),
}

export const replaysNothing: Fault = {
  id: 'replays-nothing',
  says: 'the set that became inactive stays as it was',
  update: REMOVE,
  workload: ONCE,
  design: without('replay'),
}

export const forgetsTheMark: Fault = {
  id: 'forgets-the-mark',
  says: 'a write served by a cached translation is marked nowhere',
  update: TRUNCATE_LOGGED,
  workload: TWICE,
  rules: rules =>
    rules.map(rule =>
      rule.id !== 'vcpu.hit'
        ? rule
        : {
            ...rule,
            rewrite: (cells, bindings) => {
              const hit = rule.rewrite(cells, bindings)
              const unlogged = (v: StepVcpu): StepVcpu =>
                v.hold === null || v.at !== 'held' ? v : { ...v, hold: { ...v.hold, log: -1 } }
              const { self } = hit
              if (self.kind !== 'vcpu') return hit
              const now = unlogged(self)
              return { ...hit, self: now, vcpus: hit.vcpus.map(v => (v.id === now.id ? now : v)) }
            },
          },
    ),
}

export const waitsForNoTurn: Fault = {
  id: 'waits-for-no-turn',
  says: 'an update begins though accesses still wait because of the one before it',
  update: REDIRECT,
  workload: ONCE,
  design: without('await-turns'),
}

export const pausesNobody: Fault = {
  id: 'pauses-nobody',
  says: 'vCPUs are not kept out of KVM_RUN',
  update: REMOVE,
  workload: ONCE,
  design: without('pause'),
}
