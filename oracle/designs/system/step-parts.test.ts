import { describe, expect, it } from 'vitest'
import { properties } from '../../../spec/properties/properties.js'
import type { StepCells } from '../../../spec/terms/steps/cells.js'
import { explore } from '../../explore/explore.js'
import { lengthOf } from '../../explore/result.js'
import { Sweep } from '../../explore/search/sweep.js'
import { Watch } from '../../explore/search/watch.js'
import type { System } from '../../explore/system.js'
import { partNames } from './encode.js'
import { smallWorlds } from './small-worlds.js'
import { stepParts } from './step-parts.js'

const worlds = smallWorlds().map(w => [w.name, w.system] as const)

/** The same system, whose every step is worked out anew. */
const withoutParts = ({ parts: _, ...system }: System<StepCells>): System<StepCells> => system

/** Every state by name, with how many steps are taken in all. */
const reached = (system: System<StepCells>) => {
  const sweep = new Sweep({ system, starts: system.initial }, new Watch<StepCells>([], []), null, false, {})
  while (sweep.ended === null) sweep.advance(1000)
  const names = Array.from({ length: sweep.states.size }, (_, id) => sweep.states.nameOf(id))
  return { names: names.sort(), transitions: sweep.transitions, depth: sweep.depth }
}

const outcome = (system: System<StepCells>) => {
  const safety = properties.flatMap(p => (p.kind === 'safety' ? [{ name: p.id, violated: p.violated }] : []))
  const liveness = properties.flatMap(p =>
    p.kind === 'liveness' && system.permutesActors !== true ? [{ name: p.id, pending: p.pending }] : [],
  )
  const { states, transitions, depth, verdicts } = explore(system, { safety, liveness, reduce: false })
  const holds = [...verdicts].map(([name, v]) => [name, v.holds, v.holds === false ? lengthOf(v.run) : null])
  return { states, transitions, depth, holds }
}

describe.each(worlds)('%s', (_, system) => {
  it('has the same states and steps with memos as without', () => {
    expect(reached(system)).toEqual(reached(withoutParts(system)))
  })

  it('has the same verdicts and shortest lengths with memos as without', () => {
    expect(outcome(system)).toEqual(outcome(withoutParts(system)))
  })
})

describe('the parts of a state', () => {
  const cells = smallWorlds()[0]?.system.initial[0] as StepCells
  const parts = stepParts(cells, undefined, partNames())
  const looked: number[] = []
  const values: unknown[] = []
  parts.split(cells, (part, value) => {
    values[part] = value
  })
  const view = parts.view((part, key) => {
    looked.push(part)
    const value = values[part]
    return key === undefined ? value : (value as Record<string, unknown>)[key]
  })

  it('make up the whole state', () => {
    expect(parts.join(part => values[part])).toEqual(cells)
    expect(view).toEqual(cells)
    expect([...values.keys()]).toEqual(Array.from({ length: parts.count }, (_, i) => i))
  })

  it('are read where something of them is accessed, and not where a reference is copied', () => {
    looked.length = 0
    const copy = { ...view, spaces: view.spaces.with(0, view.spaces[0] as StepCells['spaces'][number]) }
    expect(looked).toEqual([])
    const { length } = copy.vcpus
    expect(length).toBe(cells.vcpus.length)
    expect(looked).toEqual([])
    expect(copy.updater.ended).toBe('no')
    expect(looked).toHaveLength(1)
    expect({ ...copy.seen }).toEqual(cells.seen)
    expect(new Set(looked).size).toBe(3)
  })

  it('that a rewrite does not change are not passed as changes', () => {
    const changed: number[] = []
    const updater = { ...cells.updater, pc: cells.updater.pc + 1 }
    parts.changes({ ...view, updater, vcpus: [...view.vcpus] }, view, part => changed.push(part))
    expect(changed).toHaveLength(2) // where it is, and how it ended
  })
})
