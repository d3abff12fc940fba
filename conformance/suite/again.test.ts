import { isLeft } from 'fp-ts/lib/Either.js'
import { describe, expect, it } from 'vitest'
import { printInputError } from '../../oracle/wire/decode.js'
import { isAccess, type Operation } from '../../spec/terms/operation.js'
import { EXHAUSTIVE } from '../cases/families.js'
import { fuzz } from '../fuzz/fuzz.js'
import { implTarget } from '../targets/impl.js'
import { inProcess } from '../targets/in-process.js'
import type { Session, Target } from '../targets/target.js'
import { TargetFailure } from '../targets/target-error.js'
import { selectBlocks } from './blocks/select.js'
import { loadSuite } from './load.js'
import { runSuite } from './run.js'

const { signal: stop } = new AbortController()
const cases = (() => {
  const loaded = loadSuite({ filter: ['by-hand/get'], smoke: false })
  if (isLeft(loaded)) throw new Error(printInputError(loaded.left))
  return loaded.right
})()

/** The implementation, asked record by record; counts sessions, and VMs opened in one. */
const counted = (also: (session: Session, nth: number) => Partial<Session> = () => ({})) => {
  const count = { sessions: 0, opened: 0 }
  const target: Target = {
    hello: () => implTarget.hello(),
    open: async config => {
      const session = await implTarget.open(config)
      count.sessions++
      return {
        ...session,
        open: async next => {
          count.opened++
          await session.reset(next)
        },
        ...also(session, count.sessions),
      }
    },
  }
  return { count, target }
}
const run = (target: Target) => runSuite(target, { cases, errors: 'strict', stop, fresh: 20 })

describe('cases asked again on VMs of their own', () => {
  it('are asked in the session that there is, and one in a session of its own', async () => {
    const { count, target } = counted()
    expect((await run(target)).failed).toBe(0)
    expect(cases.length).toBeGreaterThan(20)
    expect(count.sessions).toBe(2)
    expect(count.opened).toBeGreaterThanOrEqual(20)
  })

  it('cost a case, and not the run, where no VM can be opened for them', async () => {
    const { target } = counted((_, nth) => ({
      open: async () => {
        throw new TargetFailure('crashed', 'no second VM here')
      },
      ...(nth > 1 ? { reset: async () => {} } : {}),
    }))
    const { passed, failed, deviations } = await run(target)
    expect([failed >= 20, passed + failed]).toEqual([true, cases.length])
    expect(deviations[0]).toMatchObject({
      case: expect.stringContaining('(on a VM of its own)'),
      fault: 'no second VM here',
    })
  })

  it('show a VM that works only when it was reset', async () => {
    const { target } = counted(session => ({
      open: async config => {
        await session.reset(config)
        const { signal } = new AbortController()
        const set = { op: 'create-vcpu', vcpu: 0 } as const
        await session.run({ config, threads: [{ tid: 0, ops: [set] }] }, () => {}, signal)
        await session.run({ config, threads: [{ tid: 0, ops: [set] }] }, () => {}, signal)
      },
      run: async (program, emit, stopped) => session.run(program, emit, stopped),
    }))
    expect((await run(target)).deviations.every(({ case: id }) => id.includes('of its own'))).toBe(true)
  })
})

describe('an answer that cannot be judged', () => {
  it('costs its program, and not the run', async () => {
    const endless: unknown[] = []
    endless.push(endless)
    const of = (operation: Operation) =>
      (isAccess(operation)
        ? { is: 'access', end: 'data', data: endless }
        : { is: 'ok', generation: endless }) as never
    const target = inProcess(implTarget.now.hello, () => ({ perform: of }))
    const blocks = selectBlocks(EXHAUSTIVE, { filter: [], oneOf: 400, seed: 1 })
    if (isLeft(blocks)) throw new Error(printInputError(blocks.left))
    const report = await runSuite(target, {
      cases: cases.slice(0, 5),
      blocks: blocks.right.slice(0, 1),
      errors: 'strict',
      stop,
    })
    expect(report.deviations.filter(d => d.fault?.includes('could not be judged')).length).toBeGreaterThan(5)
    expect([report.passed, report.failed, report.interrupted]).toEqual([
      0,
      report.total - report.skipped,
      false,
    ])
    expect((await fuzz(target, { seed: 1, runs: 2, stop, reductions: 0 })).deviations).not.toEqual([])
  })
})
