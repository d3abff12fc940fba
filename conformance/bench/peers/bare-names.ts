import { type PartNames, partNames } from '../../../oracle/designs/system/encode.js'

/**
 * Names of the parts of a state without those that properties watch: what was seen, `began` and `explained` decide no step, so the
 * states they tell apart are one state to the peers, which have no monitors. Sets are told apart by what they hold: two
 * that a script made apart but alike are one.
 */
export const bareNames = (): PartNames => {
  const names = partNames()
  return {
    ...names,
    vcpu: v => names.vcpu({ ...v, began: 'before', explained: 3 }),
    committed: () => 0,
    noted: () => 0,
  }
}
