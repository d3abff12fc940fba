import { not, type Rule } from '../../../spec/rewrite/index.js'
import { locked } from '../../../spec/rules/steps/meets.js'
import type { StepCells, StepVcpu } from '../../../spec/terms/steps/cells.js'
import type { Micro } from '../../../spec/terms/steps/script.js'
import { isWaiting } from '../../../spec/terms/steps/waits.js'
import { INTERRUPTED, INTERRUPTED_INSIDE } from '../workloads.js'
import { ONCE } from './anywhere.js'
import type { Fault } from './fault.js'
import { all, extra, otherwise, without } from './script.js'
import { REDIRECT, REMOVE } from './updates.js'

type Rules = readonly Rule<StepCells>[]

/** Faults in what an update waits for, and under which lock. */
const IN_FLIGHT: readonly string[] = ['vcpu.data', 'vcpu.store', 'vcpu.mark']

export const needsTheLockInside: Fault = {
  id: 'needs-the-lock-inside',
  says: 'an access in flight needs the lock of calls before it ends, and the update that drains it holds that lock',
  update: REDIRECT,
  workload: ONCE,
  rules: rules =>
    rules.map(rule =>
      IN_FLIGHT.includes(rule.id)
        ? { ...rule, when: [...rule.when, not(locked) as (typeof rule.when)[0]] }
        : rule,
    ),
}

export const waitsUnderTheLock: Fault = {
  id: 'waits-under-the-lock',
  says: 'the lock of calls is kept through the wait for turns, and a vCPU that waits needs it before it looks up again',
  update: REDIRECT,
  workload: INTERRUPTED_INSIDE,
  repeated: true,
  design: otherwise('await-turns', 'each', micro => ({ ...micro, locked: true })),
}

export const pausesUnderTheLock: Fault = {
  id: 'pauses-under-the-lock',
  says: 'vCPUs are kept out once the call has its lock, for which one of them waits inside KVM_RUN',
  update: REMOVE,
  workload: INTERRUPTED,
  design: all(
    without('pause'),
    extra('after', 'may-fail', 0, (): Micro => ({ kind: 'pause', locked: true })),
  ),
}

/** What changes the vCPU that makes the step. */
const changing = (rules: Rules, id: string, change: (was: StepVcpu, is: StepVcpu) => StepVcpu): Rules =>
  rules.map(rule =>
    rule.id !== id
      ? rule
      : {
          ...rule,
          rewrite: (cells, bindings) => {
            const done = rule.rewrite(cells, bindings)
            const vcpus = done.vcpus.map((v, i) => {
              const was = cells.vcpus[i]
              return was === undefined || was === v ? v : change(was, v)
            })
            const { self } = done
            return { ...done, vcpus, self: self.kind === 'vcpu' ? (vcpus[self.id] ?? self) : self }
          },
        },
  )

export const owesTheGivenUp: Fault = {
  id: 'owes-the-given-up',
  says: 'a turn stays owed to an access that has been given up',
  update: REDIRECT,
  workload: INTERRUPTED_INSIDE,
  repeated: true,
  rules: rules => changing(rules, 'vcpu.abandon', (was, is) => ({ ...is, owedTurn: was.owedTurn })),
}

export const waitsForTheGuest: Fault = {
  id: 'waits-for-the-guest',
  says: 'a turn is owed to faults that are retried through the guest as well, and it cannot be known that it comes back',
  update: REDIRECT,
  workload: INTERRUPTED,
  repeated: true,
  rules: rules =>
    changing(
      rules.map(rule =>
        rule.id !== 'update.publish'
          ? rule
          : {
              ...rule,
              rewrite: (cells, bindings) => {
                const published = rule.rewrite(cells, bindings)
                const vcpus = published.vcpus.map(v => (isWaiting(v) ? { ...v, owedTurn: true } : v))
                return { ...published, vcpus }
              },
            },
      ),
      'vcpu.abandon',
      (was, is) => ({ ...is, owedTurn: was.owedTurn }),
    ),
}
