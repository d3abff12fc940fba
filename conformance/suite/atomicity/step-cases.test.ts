import { describe, expect, it } from 'vitest'
import { faults } from '../../../oracle/designs/faults/catalogue.js'
import { batchTo } from '../../stress/programs/layout.js'
import { runScript } from '../../stress/programs/run-script.js'
import { implTarget, implWith } from '../../targets/impl.js'
import type { InProcess } from '../../targets/in-process.js'
import { runProgramCases } from './run-programs.js'
import { stepCases } from './step-cases.js'

const cases = stepCases(() => true)

/** The schedules that find something, and what. */
const findings = async (target: InProcess): Promise<Readonly<Record<string, string>>> => {
  const session = await target.open({})
  const { signal } = new AbortController()
  const { deviations, skips } = await runProgramCases(session, target.now.hello, cases, signal, () => {})
  await session.close()
  expect(skips).toEqual([])
  return Object.fromEntries(deviations.map(({ case: id, seen }) => [id, seen.slice(0, seen.indexOf(':'))]))
}

const STEPS = [
  'awaitPendingTurns',
  'block',
  'drainOwed',
  'edit',
  'publish',
  'drain',
  'settle',
  'replay',
  'finish',
]
const without = (...left: readonly string[]) => STEPS.filter(step => !left.includes(step))

describe('the schedules of the explorer’s shortest counterexamples', () => {
  it('are two for each seeded fault of the batch, and one for pages that are not blocked', () => {
    const ofBatch = new Set(faults.filter(({ of }) => of === 'batch').map(({ id }) => id))
    const drawn = cases.filter(({ id }) => !/^steps\/(logs|owed)\//.test(id))
    const ids = drawn.map(({ id }) => id.split('/')[1])
    expect([...ofBatch].filter(id => !ids.includes(id))).toEqual([])
    expect(drawn).toHaveLength(2 * ofBatch.size + 1)
  })

  it('find nothing in the implementation', async () => {
    expect(await findings(implTarget)).toEqual({})
  })

  it('find that owed pages are never drained', async () => {
    const found = {
      'steps/waits-for-nobody/exchange': 'two-maps',
      'steps/owed/fourth-vcpu': 'two-maps',
      'steps/owed/write-of-restricted': 'two-maps',
    }
    expect(await findings(implWith(without('drainOwed')))).toEqual(found)
  })

  it('find that nothing is drained, and that no turns are waited for', async () => {
    expect(await findings(implWith(without('drainOwed', 'drain', 'awaitPendingTurns')))).toEqual({
      'steps/waits-for-nobody/exchange': 'two-maps',
      'steps/carries-too-early': 'dirty-complete',
      'steps/carries-too-early/exchange': 'dirty-complete',
      'steps/owed/fourth-vcpu': 'two-maps',
      'steps/owed/write-of-restricted': 'two-maps',
    })
  })

  it('find that owed pages are never blocked', async () => {
    const found = await findings(implWith(without('block')))
    expect(found['steps/waits-for-nobody/exchange']).toBe('two-maps')
    expect(found['steps/blocks-nothing/exchange']).toBe('two-maps')
  })

  it('find that logs are settled before the new set is published', async () => {
    const early = [...STEPS.slice(0, 4), 'settle', 'publish', 'drain', 'replay', 'finish']
    expect(await findings(implWith(early))).toEqual({
      'steps/carries-nothing': 'dirty-complete',
      'steps/carries-nothing/exchange': 'dirty-complete',
      'steps/carries-too-early': 'dirty-complete',
      'steps/carries-too-early/exchange': 'dirty-complete',
    })
  })

  it('show an access to an owed page that waits until the new set is published', async () => {
    const session = await implTarget.open({})
    const page = (hva: number) => ({ id: 1, base: 0, npages: 1, page: hva, flags: 0 })
    const { records } = await runScript(
      session,
      {
        config: {},
        before: [{ op: 'create-vcpu', vcpu: 0 }, batchTo(0, [], [page(0x100)])],
        threads: [
          [batchTo(0, [page(0x100)], [page(0x200)])],
          [{ op: 'read', vcpu: 0, gfn: 0, offset: 0, size: 1 }],
        ],
        schedule: [{ tid: 0, until: 'blocked' }, 1, 0],
        after: [],
      },
      new AbortController().signal,
    )
    await session.close()
    const reads = records.flatMap(record => (record.ev === 'access' ? [record.n] : []))
    const waits = records.flatMap(record => (record.ev === 'access-wait' ? [record.of] : []))
    expect([reads.length, waits]).toEqual([1, reads])
  })

  it.each([
    ['one number', [0, 0], [3, 3], 'two threads are number 3'],
    ['one vCPU', [0, 0], [1, 2], 'vCPU 0 would run in two threads'],
  ])('are refused where two threads have %s', async (_, vcpus, tids, says) => {
    const session = await implTarget.open({})
    const threads = vcpus.map((vcpu, i) => ({
      tid: tids[i] ?? 0,
      ops: [{ op: 'read' as const, vcpu, gfn: 1, offset: 0, size: 1 }],
    }))
    const running = session.run(
      { config: {}, threads, schedule: 'concurrent' },
      () => {},
      new AbortController().signal,
    )
    await expect(running).rejects.toThrow(says)
    await session.close()
  })

  it('are refused where a thread never comes to a point', async () => {
    const session = await implTarget.open({})
    const threads = [{ tid: 1, ops: [{ op: 'lookup' as const, as: 0, gfn: 0 }] }]
    const asked = (until: 'settled' | 'stored') =>
      session.run(
        { config: {}, threads, schedule: [{ tid: 1, until }] },
        () => {},
        new AbortController().signal,
      )
    await expect(asked('settled')).rejects.toThrow('thread 1 never comes to the point settled')
    await expect(asked('stored')).rejects.toThrow('thread 1 never comes to the point stored')
    await session.close()
  })
})
