import { describe, expect, it } from 'vitest'
import { Vm } from '../../impl/index.js'
import { seeded } from '../../spec/generate/random.js'
import { memslot } from '../command/captured.js'
import { facadeTarget, PLACES, wronged } from '../targets/impl-facade.js'
import { fuzz } from './fuzz.js'

describe('the façade of the implementation, called wrongly before each call', () => {
  it('refuses every wrong call and does what the specification says: memslot fuzz --facade --seed 1 --runs 400', async () => {
    const stop = new AbortController().signal
    const { deviations, sequences } = await fuzz(facadeTarget(1), { seed: 1, runs: 400, stop })
    expect([deviations, sequences]).toEqual([[], 400])
  })

  it('is caught where it takes a wrong argument, or throws something else', () => {
    const call = (act: () => unknown) => () => {
      const vm = wronged({ createVcpu: act }, PLACES, seeded(1, 0), value => value)
      for (let i = 0; i < 30; i++) (vm.createVcpu as (id: number) => unknown)(1)
    }
    expect(call(() => {})).toThrow('createVcpu took a wrong argument 0')
    const breaks = () => {
      throw new TypeError('x is not a function')
    }
    expect(call(breaks)).toThrow('createVcpu with a wrong argument 0 threw TypeError: x is not a function')
  })

  it('has every place that is made wrong among its functions', () => {
    expect(Object.keys(PLACES).filter(name => !(name in Vm.prototype))).toEqual([])
  })

  it('is of target impl alone', async () => {
    const { err, status } = await memslot(['fuzz', '--facade', '--target', 'spec', '--runs', '1'])
    expect([err, status]).toEqual([expect.stringContaining('--facade'), 2])
  })
})
