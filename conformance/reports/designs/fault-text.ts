import type { SeededFault } from '../../../oracle/designs/faults/fault.js'
import { verdictOn } from '../../../oracle/designs/faults/seeded.js'
import { printRun } from '../../../oracle/designs/print/run.js'
import { lengthOf } from '../../../oracle/explore/result.js'

/** What a seeded fault does to the property of a design that has it without: the run, step by step. */
export const faultText = (fault: SeededFault): string => {
  const { of, property, id, says } = fault
  const verdict = verdictOn(fault, true)
  const head = `${of}, where ${says} (${id})`
  return verdict.holds === false
    ? `${head}, fails ${property} in ${lengthOf(verdict.run)} steps\n${printRun(verdict.run)}`
    : `${head}, still has ${property}`
}
