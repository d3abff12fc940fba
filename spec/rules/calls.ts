import { loose, type Relation, type Rule, relation, strict } from '../rewrite/index.js'
import type { Cells } from '../terms/cells.js'
import type { Parameters } from '../terms/parameters.js'
import { accessRules } from './access/access.js'
import { answerRules } from './agreement/rules.js'
import { noBatchRules } from './batch/no-batch.js'
import { batchRefusals } from './batch/refused.js'
import { batchSuccesses } from './batch/succeeds.js'
import { clearGenerationRules, clearRules } from './dirty-log/clear.js'
import { getRules } from './dirty-log/get.js'
import { hostRules } from './host/host.js'
import { queryRules } from './query/queries.js'
import { setRefusals } from './set/refused.js'
import { oneSlotRules } from './set/succeeds.js'
import { smmRules } from './smm/enter.js'
import { rsmRules } from './smm/rsm.js'
import { enableCapRules } from './vm/enable-cap.js'
import { guestMemfdRules } from './vm/guest-memfd.js'
import { internalSlotRules } from './vm/internal-slot.js'
import { tssRules } from './vm/own-slots.js'
import { vcpuRules } from './vm/vcpu.js'

/** Linux as it is: one slot at a time, its logs, its vCPUs' accesses. */
export const linuxRules: readonly Rule<Cells>[] = [
  ...setRefusals,
  ...oneSlotRules,
  ...getRules,
  ...clearRules,
  ...enableCapRules,
  ...internalSlotRules,
  ...guestMemfdRules,
  ...tssRules,
  ...vcpuRules,
  ...smmRules,
  ...rsmRules,
  ...queryRules,
  ...hostRules,
  ...accessRules,
]

/** The batch of semantics.md §2 and the generation of CLEAR, beside everything Linux has. */
export const batchRules: readonly Rule<Cells>[] = [
  ...batchRefusals,
  ...batchSuccesses,
  ...clearGenerationRules,
]

const callsOf = (name: string, rules: readonly Rule<Cells>[]) => ({
  strict: relation(name, strict(rules), ['call', 'op']),
  loose: relation(`${name}, loose`, loose(rules), ['call', 'op']),
})

const calls = {
  linux: callsOf('linux', [...linuxRules, ...noBatchRules]),
  batch: callsOf('batch', [...linuxRules, ...batchRules]),
}

/**
 * What a call may do: the relation from cells with a call to cells with a result, for a profile and an order of errors.
 * The calls of the fetch path, which take more than one rule, are in `fetchPathRelation`.
 *
 * @example
 * const machine = initialMachine(defaultParameters)
 * const call = { op: 'set', as: 0, id: 0, gpa: u64(0), size: u64(0x1000), hva: u64(0x1000), flags: LOG } as const
 * const [only] = step(callRelation(machine.params), { ...machine, call })
 * only?.rule.id // 'set.create'
 */
export const callRelation = ({ profile, errors }: Pick<Parameters, 'profile' | 'errors'>): Relation<Cells> =>
  calls[profile][errors]

/** Which answers a result allows: the relation from cells with a result and an answer seen to cells at rest. */
export const answerRelation: Relation<Cells> = relation('answers', answerRules, ['returned', 'is'])
