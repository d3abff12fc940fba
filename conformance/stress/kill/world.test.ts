import { describe, expect, it } from 'vitest'
import { Vm } from '../../../impl/index.js'
import { commit, drop } from '../play.js'
import { runKills } from './run.js'
import { commitBeside, layouts, prepare, toward, wrongIn } from './world.js'

/** A VM as it is before threads are killed. */
const prepared = (): Vm => {
  const vm = new Vm({ spaces: 1, slotLimit: 8 })
  prepare(vm)
  return vm
}

describe('the batch that looks whether a VM still works after a thread was killed', () => {
  it('is made again where a writer that goes on comes between the look and it', () => {
    const vm = prepared()
    let looks = 0
    commitBeside(vm, () => {
      const entries = toward(vm, 2, 1)
      if (looks++ === 0) commit(vm, toward(vm, 1, 0))
      return entries
    })
    expect(looks).toBe(2)
    expect(wrongIn(vm)).toBeNull()
    expect(vm.slots(0).map(({ id }) => id)).toEqual([...(layouts[2] ?? []).map(([id]) => id), 3])
  })

  it('is an error where it is refused and nobody came between', () => {
    expect(() => commitBeside(prepared(), () => [drop(7)])).toThrow('a batch of the play failed')
  })
})

it('a run whose time is over before it begins kills one thread all the same', async () => {
  const { kills, play } = await runKills({ seconds: 0, seed: 1 })
  expect([kills.writers + kills.readers, play.violations]).toEqual([1, []])
})
