import { describe, expect, it } from 'vitest'
import { identity } from '../../../spec/rewrite/index.js'
import type { StepCells } from '../../../spec/terms/steps/cells.js'
import { encoder } from './encode.js'
import { smallWorlds } from './small-worlds.js'

/** All that changes in a world, vCPUs without their names and in no order, and of what was seen only whether it was. */
const content = ({ updater, vcpus, spaces, logs, unreported, harvester, seen }: StepCells): string => {
  const { committed, atNew, ...notes } = seen
  const noted = Object.entries(notes).flatMap(([kind, what]) => (what === null ? [] : [kind]))
  const nameless = vcpus.map(({ id, ...v }) => identity(v)).sort()
  return [updater, nameless, spaces, logs, unreported, harvester, committed, atNew, noted]
    .map(identity)
    .join()
}

describe.each(smallWorlds().map(w => [w.name, w.system] as const))('%s', (_, { initial, successors }) => {
  it('two states have one name exactly if they differ only in the ids of vCPUs', () => {
    const encode = encoder()
    const contentOf = new Map<string, string>()
    const nameOf = new Map<string, string>()
    const queue = [...initial]
    // Every successor is compared, also one with a known name, so that neither map can hide a difference in the other.
    for (const cells of queue)
      for (const next of [cells, ...(successors?.(cells) ?? []).map(s => s.cells)]) {
        const [name, what] = [encode(next), content(next)]
        const known = contentOf.get(name)
        if (known === undefined) {
          contentOf.set(name, what)
          expect(nameOf.get(what)).toBeUndefined()
          nameOf.set(what, name)
          if (next !== cells) queue.push(next)
        } else if (known !== what) expect(what).toBe(known)
      }
    expect(nameOf.size).toBe(contentOf.size)
  })
})
