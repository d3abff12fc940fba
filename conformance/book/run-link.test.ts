import { isLeft } from 'fp-ts/lib/Either.js'
import { beforeAll, describe, expect, it } from 'vitest'
import { type KeptRun, keptRuns } from '../designs/kept-runs.js'
import { readLink, situationOf } from './explorer/link.js'
import { stepStory } from './explorer/step-story.js'
import { linkToWanted } from './run-link.js'

let runs: readonly KeptRun[]

beforeAll(async () => {
  const kept = await keptRuns()
  if (isLeft(kept) || kept.right === null) throw new Error('no runs are kept')
  runs = kept.right.runs
})

const runOf = (design: string, property: string): KeptRun => {
  const run = runs.find(one => one.design === design && one.variant === null && one.property === property)
  if (run === undefined) throw new Error(`no run of ${design} / ${property}`)
  return run
}

/** The stories of a link: of its run, and of the one beside it. */
const storiesOf = (text: string | null) => {
  const link = readLink(text ?? '')
  if (isLeft(link)) throw new Error(link.left)
  const all = [link.right.run, ...(link.right.beside === null ? [] : [link.right.beside])]
  return all.map(run => {
    const situation = situationOf(link.right, run)
    const story = situation === null ? null : stepStory(situation, run.choices, run.cycle)
    if (story === null) throw new Error(`no story of ${run.design}`)
    return { story, last: story.moment(story.length), choices: run.choices }
  })
}

describe('a run that a chapter links', () => {
  it('is told by a fetch where the shortest one has a read, and a fetch is what meets the hole', () => {
    const run = runOf('sequential', 'no-hole')
    const [asFound] = storiesOf(linkToWanted(run, { by: null, beside: null }))
    const [byFetch] = storiesOf(linkToWanted(run, { by: 'fetch', beside: null }))
    expect(asFound?.last.wrong.join()).toMatch(/no-hole: vCPU 0 reads frame 0 as a hole/)
    expect(byFetch?.last.wrong.join()).toMatch(/no-hole: vCPU 0 fetches frame 0 as a hole/)
    expect(byFetch?.story.length).toBe(byFetch?.choices.length)
  })

  it('stands beside another design that does the same and keeps the page', () => {
    const run = runOf('sequential', 'dirty-complete')
    const [lost, kept] = storiesOf(linkToWanted(run, { by: null, beside: 'batch' }))
    expect(lost?.last.wrong.join()).toMatch(/dirty-complete/)
    expect(kept?.last.wrong).toEqual([])
    expect(kept?.story.length).toBeGreaterThan(0)
  })

  it('is none where the other access breaks nothing, or the other design is none', () => {
    expect(linkToWanted(runOf('sequential', 'dirty-complete'), { by: 'read', beside: null })).toBeNull()
    expect(linkToWanted(runOf('sequential', 'no-hole'), { by: null, beside: 'btach' })).toBeNull()
  })
})
