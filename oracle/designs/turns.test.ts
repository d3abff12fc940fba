import { expect, it } from 'vitest'
import { batchDesign, batchSteps } from '../../spec/designs/batch.js'
import type { Design } from '../../spec/designs/design.js'
import { readUpdate } from '../../spec/designs/notation.js'
import { properties } from '../../spec/properties/properties.js'
import type { Micro } from '../../spec/terms/steps/script.js'
import { explore } from '../explore/explore.js'
import { systemOf } from './system/system.js'
import { scopeOf, WAITING, WAITING_INSIDE, type Workload } from './workloads.js'

/** Batches there and back for ever, with or without waiting for the turns of accesses that had to wait. */
const forEver = (turns: boolean): Design => ({
  ...batchDesign,
  plan: ({ before, after, frames }) => {
    const wait: readonly Micro[] = turns ? [{ kind: 'await-turns' }] : []
    const there = batchSteps(before, after, frames)
    const back = batchSteps(after, before, frames)
    const script: readonly Micro[] = [...wait, ...there, ...wait, ...back, { kind: 'goto', to: 0 }]
    return { script, start: 0, logs: 0, calls: [], after }
  },
})

const retryEnds = (turns: boolean, workload: Workload) => {
  const update = readUpdate('1 0+1@0', '1 0+1@1')
  const system = systemOf(forEver(turns), update, scopeOf(workload, 2, false))
  if (system === null) throw new Error('no plan') // there is one
  const liveness = properties.flatMap(p => (p.kind === 'liveness' ? [{ ...p, name: p.id }] : []))
  return explore(system, { safety: [], liveness, reduce: false }).verdicts.get('retry-ends')?.holds
}

it('by the rule of turns an access that waits inside the hypervisor goes on, although updates follow each other for ever', () => {
  expect(retryEnds(true, WAITING_INSIDE)).toBe(true)
})

it('without the rule of turns an access that waits inside the hypervisor may wait for ever', () => {
  expect(retryEnds(false, WAITING_INSIDE)).toBe(false)
})

it('a fault that is retried through the guest is owed no turn, and may be retried for ever', () => {
  expect(retryEnds(true, WAITING)).toBe(false)
})
