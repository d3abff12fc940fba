import type { Draft } from '../draft/calls.js'
import { accessedCases } from './fetch-path/accessed.js'
import { addressCases } from './fetch-path/addresses.js'
import { againCases } from './fetch-path/again.js'
import { betweenCases } from './fetch-path/between.js'
import { dataCases } from './fetch-path/data.js'
import { missingRootCases } from './fetch-path/missing-root.js'
import { pdpteCases } from './fetch-path/pdptes.js'
import { profileCases, walkerCases } from './fetch-path/profiles.js'
import { queuedCases } from './fetch-path/queued.js'
import { registerCases } from './fetch-path/registers.js'
import { sampleCases } from './fetch-path/samples.js'
import { slotCases } from './fetch-path/slots.js'
import { smiCases } from './fetch-path/smi.js'

/** Cases of the fetch path that are not by the thousand: profiles, registers, logs, spaces, changes in between. */
export const fetchDrafts = function* (): Generator<Draft> {
  yield* registerCases()
  yield* pdpteCases()
  yield* addressCases()
  yield* profileCases()
  yield* walkerCases()
  yield* accessedCases()
  yield* slotCases()
  yield* smiCases()
  yield* queuedCases()
  yield* missingRootCases()
  yield* againCases()
  yield* betweenCases()
  yield* dataCases()
  yield* sampleCases()
}
