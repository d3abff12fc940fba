import { isLeft } from 'fp-ts/lib/Either.js'
import { expect, it } from 'vitest'
import { properties } from '../../../spec/properties/properties.js'
import { explore } from '../../explore/explore.js'
import { everyone } from '../everyone.js'
import { readScenario } from '../scenario.js'
import { COMPANIES, type Company, systemIn } from '../situation.js'
import { subjectOf } from '../subjects.js'
import { fromItf, ITF_VARIABLES, type Itf, itfOfRun, toItf } from './itf.js'

const failing = (design: string, scenario: string, property: string, company: Company) => {
  const update = readScenario(scenario)
  const subject = subjectOf(design)
  if (isLeft(update) || subject === null) throw new Error('no such update')
  const system = systemIn({ design: subject, update: update.right, company })
  const wanted = properties.find(({ id }) => id === property)
  if (system === null || wanted === undefined) throw new Error('no such search')
  const found = explore(system, {
    safety: wanted.kind === 'safety' ? [{ name: property, violated: wanted.violated }] : [],
    liveness: wanted.kind === 'liveness' ? [{ name: property, pending: everyone(wanted) }] : [],
    reduce: false,
  }).verdicts.get(property)
  if (found?.holds !== false) throw new Error(`${property} holds beside ${COMPANIES[company].says}`)
  return found.run
}

it('a counterexample written in ITF is read back as the states of its run, with the rule that led to each', () => {
  const run = failing('sequential', '1:0+1@0 -> 1:0+1@1', 'no-hole', 'alone')
  const read = JSON.parse(JSON.stringify(itfOfRun(run))) as Itf
  expect(read['#meta'].format).toBe('ITF')
  const all = [run.initial, ...run.steps.map(({ cells }) => cells)]
  expect(read.states).toHaveLength(all.length)
  for (const [i, cells] of all.entries()) {
    const state = read.states[i] ?? {}
    expect(Object.keys(state)).toEqual(['#meta', ...read.vars])
    for (const name of ITF_VARIABLES)
      expect(fromItf(state[name] ?? 0)).toEqual(JSON.parse(JSON.stringify(cells[name])))
  }
  expect(read.states.slice(1).map(({ rule }) => rule)).toEqual(run.steps.map(({ rule }) => rule))
  expect(read.loop).toBeUndefined()
})

it('a run that goes on for ever has the state in ITF to which it goes back', () => {
  const run = failing('rfc-single-swap', '-> 1:0+1@0', 'retry-ends, for ever', 'waiting')
  const itf = itfOfRun(run)
  expect(itf.loop).toBe(run.steps.length)
  const [last, back] = [itf.states.at(-1), itf.states[itf.loop ?? 0]]
  for (const name of ITF_VARIABLES) expect(last?.[name]).toEqual(back?.[name])
})

it('null, which ITF has not, is written as the variant None', () => {
  expect(toItf({ a: null, b: [1, 'x', true] })).toEqual({
    a: { tag: 'None', value: 'UNIT' },
    b: [1, 'x', true],
  })
  expect(fromItf(toItf({ a: null, b: [null] }))).toEqual({ a: null, b: [null] })
})
