import { ALONE } from '../workloads.js'
import { ONCE, TWICE } from './anywhere.js'
import type { Fault } from './fault.js'
import { extra, otherwise, swapped, without } from './script.js'
import { APPEAR, REDIRECT_BOTH, REDIRECT_TABLE, RELAX, REMOVE, RESTRICT, TRUNCATE } from './updates.js'

/** Faults in how a batch blocks pages. */
export const publishesBeforeItBlocks: Fault = {
  id: 'publishes-before-it-blocks',
  says: 'the final set is published first, and blocked and revoked only then',
  update: REDIRECT_BOTH,
  workload: { ...TWICE, accesses: 3 },
  design: extra('before', 'publish', 0, (_, { after }) => ({
    kind: 'publish',
    space: 0,
    set: { slots: after, blocked: [], noWrites: [] },
  })),
}

export const revokesTooLate: Fault = {
  id: 'revokes-too-late',
  says: 'the revocation comes before the pages are blocked, so that they are cached again',
  update: REMOVE,
  workload: TWICE,
  design: swapped('publish', 'revoke'),
}

export const keepsPermission: Fault = {
  id: 'keeps-permission',
  says: 'permission to write is not revoked where a page becomes read-only',
  update: RESTRICT,
  workload: TWICE,
  design: without('revoke'),
}

export const readsEachFrameApart: Fault = {
  id: 'reads-each-frame-apart',
  says: 'the drain waits for accesses, not for whole fetches',
  update: REDIRECT_BOTH,
  workload: ONCE,
  design: design => ({ ...design, behaviour: { ...design.behaviour, fetchAtomic: false } }),
}

export const keepsWhatWasDerived: Fault = {
  id: 'keeps-what-was-derived',
  says: 'a translation outlives the table page that it was derived from',
  update: REDIRECT_TABLE,
  workload: TWICE,
  rules: rules =>
    rules.map(rule =>
      rule.id !== 'update.revoke'
        ? rule
        : {
            ...rule,
            rewrite: (cells, bindings) => {
              const revoked = rule.rewrite(cells, bindings)
              const vcpus = revoked.vcpus.map((v, i) => ({
                ...v,
                cache: (cells.vcpus[i]?.cache ?? []).filter(t => t.via !== undefined || v.cache.includes(t)),
              }))
              return { ...revoked, vcpus }
            },
          },
    ),
}

export const installsTooLate: Fault = {
  id: 'installs-too-late',
  says: 'the revocation waits for no access, and a walk installs afterwards what it has derived from the old table',
  update: REDIRECT_TABLE,
  workload: TWICE,
  rules: rules =>
    rules.map(rule =>
      rule.id !== 'update.revoke'
        ? rule
        : { ...rule, when: rule.when.filter(({ name }) => name !== 'unused') },
    ),
}

export const blocksUnasked: Fault = {
  id: 'blocks-unasked',
  says: 'a page whose logging or permission is only relaxed is blocked too',
  update: RELAX,
  workload: ONCE,
  design: extra('before', 'publish', -1, ({ before, frames }) => ({
    kind: 'publish',
    space: 0,
    set: { slots: before, blocked: Array.from({ length: frames }, (_, frame) => frame), noWrites: [] },
  })),
}

export const blocksReads: Fault = {
  id: 'blocks-reads',
  says: 'a page that becomes read-only is blocked for reads as well',
  update: RESTRICT,
  workload: ONCE,
  design: otherwise('publish', 0, micro => ({
    ...micro,
    set: { ...micro.set, blocked: [...micro.set.blocked, ...micro.set.noWrites] },
  })),
}

export const leavesBlocked: Fault = {
  id: 'leaves-blocked',
  says: 'the final set is published with its pages still blocked',
  update: RESTRICT,
  workload: ALONE,
  design: otherwise('publish', -1, (micro, _, { script }) => {
    const first = script.find(m => m.kind === 'publish')
    return first?.kind === 'publish' ? { ...micro, set: { ...first.set, slots: micro.set.slots } } : micro
  }),
}

export const blocksEverything: Fault = {
  id: 'blocks-everything',
  says: 'pages the update does not owe are blocked with those it does',
  update: TRUNCATE,
  workload: ONCE,
  design: otherwise('publish', 0, (micro, { frames }) => ({
    ...micro,
    set: { ...micro.set, blocked: Array.from({ length: frames }, (_, frame) => frame) },
  })),
}

export const revokesWhereItIs: Fault = {
  id: 'revokes-where-it-is',
  says: 'a vCPU that is in SMM keeps the translations of the space it will come back to',
  update: REMOVE,
  workload: { ...TWICE, switches: 2 },
  rules: rules =>
    rules.map(rule =>
      rule.id !== 'update.revoke'
        ? rule
        : {
            ...rule,
            rewrite: (cells, bindings) => {
              const revoked = rule.rewrite(cells, bindings)
              const vcpus = revoked.vcpus.map((v, i) => (v.space === 0 ? v : (cells.vcpus[i] ?? v)))
              return { ...revoked, vcpus }
            },
          },
    ),
}

export const turnOfOneFrame: Fault = {
  id: 'turn-of-one-frame',
  says: 'a fetch of several frames has had its turn once it has looked up the first',
  update: REDIRECT_BOTH,
  workload: ONCE,
  rules: rules =>
    rules.map(rule =>
      rule.id !== 'vcpu.obtain' && rule.id !== 'vcpu.hit'
        ? rule
        : {
            ...rule,
            rewrite: (cells, bindings) => {
              const held = rule.rewrite(cells, bindings)
              const { self } = held
              if (self.kind !== 'vcpu') return held
              const now = { ...self, owedTurn: false }
              return { ...held, self: now, vcpus: held.vcpus.map(v => (v.id === now.id ? now : v)) }
            },
          },
    ),
}

export const remembersTooLong: Fault = {
  id: 'remembers-too-long',
  says: 'a hole is remembered whatever set is published since',
  update: APPEAR,
  workload: TWICE,
  rules: rules =>
    rules.map(rule =>
      rule.id !== 'update.publish'
        ? rule
        : {
            ...rule,
            rewrite: (cells, bindings) => {
              const published = rule.rewrite(cells, bindings)
              const vcpus = published.vcpus.map((v, i) => ({ ...v, cache: cells.vcpus[i]?.cache ?? v.cache }))
              return { ...published, vcpus }
            },
          },
    ),
}
