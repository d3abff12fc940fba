import { batchDesign } from '../../../spec/designs/batch.js'
import type { Design } from '../../../spec/designs/design.js'
import { EMULATED } from '../workloads.js'
import { ONCE, waitsForNobody } from './anywhere.js'
import type { Fault } from './fault.js'
import { otherwise, without } from './script.js'
import { REDIRECT, REMOVE_LOGGED } from './updates.js'

/** Faults in what only one of the other designs does. */
export const rollsNothingBack: Fault = {
  id: 'rolls-nothing-back',
  says: 'a failure after the first swap ends the update where it is',
  update: REDIRECT,
  workload: ONCE,
  design: without('publish', 0),
}

const withReBacking = (design: Design): Design => ({
  ...design,
  plan: update => design.plan(update) ?? batchDesign.plan(update),
})

/** No primitive changes the page of a frame, so the fault adds one that does. */
export const backsAnewWithoutWaiting: Fault = {
  ...waitsForNobody,
  id: 'backs-anew-without-waiting',
  says: 'one more primitive changes the pages of a slot, and waits for no access in flight',
  design: design => waitsForNobody.design?.(withReBacking(design)) ?? design,
}

export const fetchesNothing: Fault = {
  id: 'fetches-nothing',
  says: 'no log is fetched before its slot goes',
  update: REMOVE_LOGGED,
  workload: ONCE,
  design: without('get-log'),
}

export const goesOnAfterAFailure: Fault = {
  id: 'goes-on-after-a-failure',
  says: 'the VMM goes on after a failed call, with the set as it stands',
  update: REDIRECT,
  workload: ONCE,
  design: otherwise('abort', 'each', () => ({ kind: 'fail' })),
}

export const neverLetsGoOn: Fault = {
  id: 'never-lets-go-on',
  says: 'what was held off stays so after the swap',
  update: REDIRECT,
  workload: ONCE,
  design: without('hold', -1),
}

export const swapsBeforeTheDrain: Fault = {
  id: 'swaps-before-the-drain',
  says: 'the gate shuts, and the set is swapped while read sides that began before are still inside',
  update: REDIRECT,
  workload: EMULATED,
  design: without('drain', 0),
  warm: true,
}
