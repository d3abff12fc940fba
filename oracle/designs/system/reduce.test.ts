import { describe, expect, it } from 'vitest'
import { properties } from '../../../spec/properties/properties.js'
import { explore } from '../../explore/explore.js'
import { faultsOfReduction } from '../../explore/reduction/faults-of-reduction.js'
import { isPersistent, isVisible } from './reduce.js'
import { smallWorlds } from './small-worlds.js'

const safety = properties.flatMap(p => (p.kind === 'safety' ? [{ ...p, name: p.id }] : []))

describe.each(
  smallWorlds().map(w => [w.name, { ...w.system, persistent: isPersistent, visible: isVisible }] as const),
)('%s', (_, system) => {
  it('isPersistent is right, by brute force', () => {
    expect(faultsOfReduction(system, { states: 100, ahead: 40 })).toEqual([])
  })

  it('the reduced search gives the verdicts and shortest lengths of the unreduced one', () => {
    const verdicts = (reduce: boolean) =>
      [...explore(system, { safety, liveness: [], reduce }).verdicts].map(([name, v]) => [
        name,
        v.holds === false ? v.run.steps.length : v.holds,
      ])
    expect(verdicts(true)).toEqual(verdicts(false))
  })
})
