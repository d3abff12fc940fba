import { expect, it } from 'vitest'
import { loadingSuite } from './load.js'

it('cases that are not wanted are steps as well, between which an interruption is heard', () => {
  const work = loadingSuite({ filter: ['no case is called this'], smoke: false })
  let steps = 0
  let step = work.next()
  for (; step.done !== true; step = work.next()) steps++
  expect(step.value).toEqual({ _tag: 'Right', right: [] })
  expect(steps).toBeGreaterThan(10_000)
})
