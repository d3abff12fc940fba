import { isDeepStrictEqual } from 'node:util'
import { isVirtual, type Operation } from '../../spec/terms/operation.js'
import { allowanceOf } from '../cases/allowed.js'
import type { Case } from '../cases/case.js'
import { configFor } from '../targets/own-config.js'
import type { Hello } from '../targets/target.js'

/**
 * Whether an operation was done as it was asked for. A target may say more exactly who made an access by linear address,
 * and what processor there was; all else is the case's.
 */
const isAsAsked = (asked: Operation, performed: Operation): boolean =>
  performed.op !== asked.op ||
  ((!isVirtual(performed) || performed.by === (asked as typeof performed).by) &&
    (performed.op !== 'registers' || isDeepStrictEqual(performed.cpu, (asked as typeof performed).cpu)))

/** The operations of a case with those that the target did in their place. */
export const opsAs = (asked: readonly Operation[], performed: readonly Operation[]): readonly Operation[] => {
  const differs = (o: Operation, i: number) => performed[i] !== undefined && !isAsAsked(o, performed[i])
  return asked.some(differs) ? asked.map((o, i) => (differs(o, i) ? (performed[i] as Operation) : o)) : asked
}

/** Whether answers were written down by hand, and not by the rules. */
const isByHand = ({ rules }: Case): boolean => rules.length === 0

/**
 * A case with the answers allowed to what was done, on the VMs that the target has. What was written by hand stays where
 * the rules say that none of this matters to it.
 */
export const expectedOf = (hello: Hello, one: Case, performed: readonly Operation[]): Case => {
  const config = configFor(hello, one.config)
  const ops = opsAs(one.ops, performed)
  if (config === one.config && ops === one.ops) return one
  const { allow, loose } = allowanceOf(config, ops)
  const stays = isByHand(one) && isDeepStrictEqual(allow, allowanceOf(one.config, one.ops).allow)
  return stays ? { ...one, config, ops } : { ...one, config, ops, allow, loose }
}
