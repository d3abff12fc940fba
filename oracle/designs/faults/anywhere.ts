import { ALONE, type Company, PAIR } from '../companies.js'
import type { Mistake } from './fault.js'
import { all, extra, otherwise, without } from './script.js'
import { REDIRECT, REMOVE } from './updates.js'

/** One vCPU that makes one access. */
export const ONCE: Company = { ...ALONE, accesses: 1, harvests: 0 }
/** One vCPU that makes two. */
export const TWICE: Company = { ...ALONE, harvests: 0 }

/** Mistakes that can be made in any design; another update shows some of them where a design has no plan for theirs. */
export const revokesNothing: Mistake = {
  id: 'revokes-nothing',
  says: 'cached translations outlive the set they came from',
  update: REMOVE,
  company: TWICE,
  design: without('revoke'),
}

export const waitsForNobody: Mistake = {
  id: 'waits-for-nobody',
  says: 'neither revocation nor drain waits for accesses in flight',
  update: REDIRECT,
  company: PAIR,
  design: all(without('revoke'), without('drain'), without('pause')),
}

export const invalidIsAHole: Mistake = {
  id: 'invalid-is-a-hole',
  says: 'an access to an INVALID slot is not retried',
  update: REDIRECT,
  company: ONCE,
  design: design => ({ ...design, manners: { ...design.manners, invalid: { data: 'hole', fetch: 'hole' } } }),
}

export const removesFirst: Mistake = {
  id: 'removes-first',
  says: 'a set without the slots that change is published before the final one',
  update: REDIRECT,
  company: ONCE,
  design: extra('before', 'publish', -1, ({ before, after }) => ({
    do: 'publish',
    space: 0,
    set: { slots: before.filter(slot => after.includes(slot)), blocked: [], noWrites: [] },
  })),
}

export const failsLate: Mistake = {
  id: 'fails-late',
  says: 'something may still fail behind the first swap',
  update: REDIRECT,
  company: ONCE,
  design: extra('behind', 'publish', 0, () => ({ do: 'may-fail', to: 0 })),
}

export const publishesInTheOtherSpace: Mistake = {
  id: 'publishes-in-the-other-space',
  says: 'the first swap is that of space 1',
  update: REMOVE,
  company: ONCE,
  design: otherwise('publish', 'each', micro => ({ ...micro, space: 1 })),
  start: cells => ({ ...cells, vcpus: cells.vcpus.map(v => ({ ...v, space: 1 })) }),
}

export const neverPublishes: Mistake = {
  id: 'never-publishes',
  says: 'the last swap is forgotten, and what had to wait has to wait for ever',
  update: REMOVE,
  company: ONCE,
  design: without('publish', -1),
}

export const retriesHoles: Mistake = {
  id: 'retries-holes',
  says: 'a fetch from a hole is retried, whoever unmapped it',
  update: REMOVE,
  company: ONCE,
  design: design => ({ ...design, manners: { ...design.manners, fetchExit: 'always' } }),
}

export const replaysNothing: Mistake = {
  id: 'replays-nothing',
  says: 'the set that became inactive stays as it was',
  update: REMOVE,
  company: ONCE,
  design: without('replay'),
}
