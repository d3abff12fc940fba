import type { Update } from '../../../spec/designs/design.js'
import { ALONE } from '../workloads.js'
import { ONCE } from './anywhere.js'
import { keepsPermission } from './blocking.js'
import type { Fault } from './fault.js'
import { extra, otherwise, without } from './script.js'
import { MOVE_LOGGED, REMOVE_LOGGED, RENAME_LOGGED, START_LOGGING } from './updates.js'

/** Faults in settling the dirty logs. */
export const keepsPermissionUnlogged: Fault = {
  ...keepsPermission,
  id: 'keeps-permission-unlogged',
  says: 'permission to write is not revoked where logging is switched on',
  update: START_LOGGING,
}

export const carriesNothing: Fault = {
  id: 'carries-nothing',
  says: 'the bits of pages that live on are not carried',
  update: RENAME_LOGGED,
  workload: ONCE,
  design: without('carry'),
}

export const carriesTooEarly: Fault = {
  id: 'carries-too-early',
  says: 'the logs are settled before the holders of the old set are drained',
  update: RENAME_LOGGED,
  workload: ONCE,
  design: without('drain'),
}

export const forgetsTheSameId: Fault = {
  id: 'forgets-the-same-id',
  says: 'only the same frame is a source, not the same slot at another',
  update: MOVE_LOGGED,
  workload: ONCE,
  design: otherwise('carry', 'each', (micro, { before }, { after }) => {
    const frameOf = (slots: Update['before'], log: number, page: number) =>
      slots.filter(s => s.log === log).map(s => s.base + page - s.hva)[0]
    const stays = ({ from, page, to, at }: (typeof micro.carries)[number]) =>
      frameOf(before, from, page) === frameOf(after, to, at)
    return { ...micro, carries: micro.carries.filter(stays) }
  }),
}

export const carryClears: Fault = {
  id: 'carry-clears',
  says: 'the source’s bits take the place of those marked through the new set',
  update: RENAME_LOGGED,
  workload: ONCE,
  rules: rules =>
    rules.map(rule =>
      rule.id !== 'update.carry'
        ? rule
        : {
            ...rule,
            rewrite: (cells, bindings) => {
              const settled = rule.rewrite(cells, bindings)
              const micro = cells.world.script[cells.updater.pc]
              if (micro?.kind !== 'carry') return settled
              const logs = [...settled.logs]
              for (const { from, to } of micro.carries) logs[to] = cells.logs[from] ?? 0
              return { ...settled, logs }
            },
          },
    ),
}

export const retiresNothing: Fault = {
  id: 'retires-nothing',
  says: 'the bits of pages whose logging ends are dropped and not reported',
  update: REMOVE_LOGGED,
  workload: ONCE,
  design: without('retire'),
}

export const freesTooEarly: Fault = {
  id: 'frees-too-early',
  says: 'a bitmap is freed as soon as its set is no longer published',
  update: REMOVE_LOGGED,
  workload: ONCE,
  design: extra('before', 'retire', 0, () => ({ kind: 'free', log: 0 })),
}

export const flushesNothing: Fault = {
  id: 'flushes-nothing',
  says: 'the final set is published while vCPUs have writes noted that were not flushed',
  update: REMOVE_LOGGED,
  workload: ONCE,
  design: without('flush'),
}

export const leavesPermission: Fault = {
  id: 'leaves-permission',
  says: 'a harvest takes the bits of pages to which vCPUs keep permission to write',
  update: REMOVE_LOGGED,
  workload: ALONE,
  rules: rules =>
    rules.map(rule =>
      rule.id !== 'harvest.get'
        ? rule
        : {
            ...rule,
            rewrite: (cells, bindings) => ({ ...rule.rewrite(cells, bindings), vcpus: cells.vcpus }),
          },
    ),
}

export const takesWhatIsInFlight: Fault = {
  id: 'takes-what-is-in-flight',
  says: 'a harvest takes the bits of writes that it has not waited for',
  update: REMOVE_LOGGED,
  workload: ALONE,
  rules: rules =>
    rules.map(rule =>
      rule.id !== 'harvest.get'
        ? rule
        : { ...rule, when: rule.when.filter(({ name }) => name !== 'none-admitted') },
    ),
}
