import { beforeAll, describe, expect, it } from 'vitest'
import { coverage, resetCounts } from '../../../spec/rewrite/index.js'
import { stepRelation, stepRules } from '../../../spec/rules/steps/relation.js'
import { reach } from './reach.js'
import { smallWorlds } from './small-worlds.js'

/** Premises that never hold, or never fail, where the ones before them hold, each with the reason. */
const NEVER: ReadonlyMap<string, string> = new Map([
  ['fails vcpu.asked-waiting may-run', 'no design pauses while an access waits'],
  ['fails vcpu.retry may-run', 'no design pauses while an access waits'],
  ['fails update.await-turns turns-taken', 'a world has one update; turns.test.ts has worlds of many'],
])
/** What mends a failure here. */
const COVER_IT =
  'add a world to oracle/designs/system/small-worlds.ts, or a reason to NEVER of oracle/designs/system/reached.test.ts'
const ALWAYS = 'in-progress'

const cover = () => new Map(coverage(stepRelation).map(c => [c.rule, c]))
let covered: ReturnType<typeof cover> = new Map()

beforeAll(() => {
  resetCounts(stepRelation)
  for (const { system } of smallWorlds()) for (const _ of reach(system));
  covered = cover()
})

describe.each(stepRules.map(rule => [rule.id, rule.when] as const))('%s', (id, when) => {
  it('applies in one of the small worlds', () => {
    expect(covered.get(id)?.fired, `${id} applies in no small world: ${COVER_IT}`).toBeGreaterThan(0)
  })

  it.each(when.filter(p => p.name !== ALWAYS).map(p => p.name))(
    'has a premise %s that both holds and fails in the small worlds',
    name => {
      const found = covered.get(id)?.premises.find(p => p.premise === name)
      expect(found?.held, `${name} of ${id} never holds: ${COVER_IT}`).toBeGreaterThan(0)
      if (NEVER.has(`fails ${id} ${name}`)) expect(found?.failed).toBe(0)
      else expect(found?.failed, `${name} of ${id} never fails: ${COVER_IT}`).toBeGreaterThan(0)
    },
  )
})
