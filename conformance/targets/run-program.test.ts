import { describe, expect, it } from 'vitest'
import { programOf } from '../../oracle/wire/program.js'
import { giveWay } from '../give-way.js'
import { runProgram } from './run-program.js'
import type { Session } from './target.js'

const LIMIT = 20
const program = programOf([{ op: 'get-dirty', as: 0, id: 1 }])
const stop = new AbortController().signal

/** A session that answers in full after `work`. */
const answeringAfter = (work: () => Promise<void>): Session => ({
  reset: async () => {},
  close: async () => {},
  run: async (_, emit) => {
    await work()
    emit({ ev: 'call', n: 1, tid: 0, operation: { op: 'get-dirty', as: 0, id: 1 } })
    emit({ ev: 'return', of: 1, seen: { is: 'error', errno: 'ENOENT' } })
    emit({ ev: 'end' })
  },
})

describe('a program with a limit', () => {
  it('is given up where no answer comes', async () => {
    const never = answeringAfter(() => new Promise(() => {}))
    expect((await runProgram(never, program, { stop, limit: LIMIT })).trouble).toEqual({
      kind: 'hung',
      ms: LIMIT,
    })
  })

  it('is not given up where this process was kept from running, and only has to go on', async () => {
    const stalled = answeringAfter(async () => {
      await giveWay() // its time has begun
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 5 * LIMIT)
      await giveWay()
    })
    expect((await runProgram(stalled, program, { stop, limit: LIMIT })).trouble).toBeNull()
  })
})
