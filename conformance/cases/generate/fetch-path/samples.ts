import type { Draft } from '../../draft/calls.js'
import { draftOf } from '../../exhaustive/exhaustive.js'
import { FETCH_FAMILIES } from '../../fetch/families.js'

/** One case in so many of the exhaustive families; a prime, so that no dimension is left out. */
const STRIDE = 331

/** Some of the cases of the exhaustive families, each by itself on a VM of its own. */
export const sampleCases = function* (): Generator<Draft> {
  let n = 0
  for (const { at: caseAt, count } of FETCH_FAMILIES)
    for (let i = 0; i < count; i++) {
      if (n++ % STRIDE !== 0) continue
      const one = draftOf(caseAt(i))
      yield { ...one, id: `fetch-path/sample/${one.id.slice('fetch/'.length)}` }
    }
}
