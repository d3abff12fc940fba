import type { Lane, ReportWindow } from '../reports/audit/codec.js'
import type { Order } from './evidence.js'
import type { Findings } from './findings.js'
import type { Pictured } from './pictured.js'
import type { RangeNames } from './range-names.js'
import type { VmId } from './recording/record.js'
import { evidenceOf, settleBack, settleUpdate, UNMEASURED } from './settle.js'
import type { Back, Update } from './update.js'

/** Something found that the rest of the recording may say more about. */
export type Open =
  | {
      readonly kind: 'update'
      readonly vm: VmId
      readonly update: Update
      readonly pictured: readonly Pictured[]
    }
  | { readonly kind: 'back'; readonly vm: VmId; readonly back: Back }

/** Findings beyond this many are settled as they stand, the oldest first: each holds on to what is known of its VM. */
const KEPT_OPEN = 256

/** Holds what is found until the recording can say no more of it. */
export interface OpenFindings {
  add(found: Open): void
  /** The recording has ended. */
  settleAll(): void
  /** Why pauses could not be measured where that mattered; empty where it did not. */
  unmeasured(): readonly string[]
}

export const createOpenFindings = (
  findings: Findings,
  names: RangeNames,
  order: () => Order,
): OpenFindings => {
  let open: Open[] = []
  const unmeasured = new Set<string>()

  const settle = (found: Open, now: Order): void => {
    if (found.kind === 'back') {
      const { replugged, undecided } = settleBack(found.vm, found.back, now, names)
      findings.back(replugged, undecided)
      return
    }
    const lanesOf = ({ running, fromLine, toLine }: ReportWindow): Lane[] | null => {
      const pictured = found.pictured.find(
        ({ window: { from, to } }) => from.line === fromLine && to.line === toLine,
      )
      return running === null || pictured === undefined ? null : [...pictured.lanes]
    }
    const { update, undecided } = settleUpdate(found.vm, found.update, now, names)
    findings.update(update, lanesOf)
    if (undecided.length === 0) return
    findings.back([], undecided)
    for (const { crossed } of found.update.windows)
      if (crossed.kind === 'pause not measured') unmeasured.add(UNMEASURED[crossed.why])
  }

  /** Who was inside KVM_RUN, and whether lines are missing, is known at the end. */
  const mayChange = (found: Open): boolean => found.kind === 'back' || evidenceOf(found.update).length > 0

  return {
    add: found => {
      const now = order()
      if (!mayChange(found)) {
        settle(found, now)
        return
      }
      open.push(found)
      if (open.length < KEPT_OPEN) return
      for (const one of open.slice(0, KEPT_OPEN / 2)) settle(one, now)
      open = open.slice(KEPT_OPEN / 2)
    },
    settleAll: () => {
      const now = order()
      for (const one of open) settle(one, now)
      open = []
    },
    unmeasured: () => [...unmeasured],
  }
}
