import { isRight } from 'fp-ts/lib/Either.js'
import { describe, expect, it } from 'vitest'
import * as anywhere from '../../oracle/designs/faults/anywhere.js'
import * as blocking from '../../oracle/designs/faults/blocking.js'
import * as settling from '../../oracle/designs/faults/settling.js'
import { memslot } from '../command/captured.js'
import { type StressReport, StressReportCodec } from '../reports/stress/codec.js'
import { faults } from './faults.js'
import { plays } from './plays/index.js'
import { stress } from './stress.js'

const reportOf = (out: string): StressReport => {
  const report = StressReportCodec.decode(JSON.parse(out))
  if (!isRight(report)) throw new Error('the report is not what its codec says')
  return report.right
}

/** Seconds that are enough by far to find a fault: its play ends with the first violation. */
const ENOUGH = 100

describe('a seeded fault', () => {
  it.each(faults)('$id is caught by stress', async ({ id, play, noticedAs }) => {
    const { out, status } = await memslot([
      'stress',
      '--fault',
      id,
      '--seconds',
      String(ENOUGH),
      '--seed',
      '1',
      '--json',
    ])
    const { plays, fault } = reportOf(out)
    expect([fault, status, plays.map(one => one.play)]).toEqual([id, 1, [play]])
    const seen = plays.flatMap(({ violations }) => violations.map(violation => violation.property))
    // On a machine that is too busy a thread may also wait longer than it has patience for.
    expect([...noticedAs, 'retry-ends']).toEqual(expect.arrayContaining([...new Set(seen)]))
    expect(seen.length).toBeGreaterThan(0)
  })

  it.each(faults)('$id is a seeded fault of the explorer too, as $predictedBy', ({ predictedBy }) => {
    const known = [anywhere, blocking, settling].flatMap(some =>
      Object.values(some).flatMap(one => ('id' in one ? [one.id] : [])),
    )
    expect([...known, 'turns']).toContain(predictedBy)
  })
})

describe('memslot stress', () => {
  it('finds no violation in the implementation', async () => {
    const { out, err, status } = await memslot(['stress', '--seconds', '4', '--seed', '1', '--json'])
    const { plays: played, histories } = reportOf(out)
    const violations = played.flatMap(({ play, violations }) =>
      violations.map(violation => [play, violation]),
    )
    expect([violations, histories?.deviations, err, status]).toEqual([[], [], '', 0])
    expect(played.map(({ play }) => play)).toEqual(plays.map(({ id }) => id))
    const idle = played.flatMap(({ play, turns }) =>
      Object.entries(turns).flatMap(([part, n]) => (n > 0 ? [] : [`${part} of ${play}`])),
    )
    expect(idle, 'threads that took no turn').toEqual([])
    expect(histories?.episodes).toBeGreaterThan(0)
  })

  it('ends threads at random, recovers the VM from each, and finds no promise broken', async () => {
    const { out, err, status } = await memslot([
      'stress',
      '--kill',
      '--seconds',
      '3',
      '--seed',
      '1',
      '--json',
    ])
    const { plays: played, histories, kills } = reportOf(out)
    expect([played.map(({ play, violations }) => [play, violations]), histories, err, status]).toEqual([
      [['kill', []]],
      null,
      '',
      0,
    ])
    const { writers = 0, readers = 0, none = 0, undone = 0, finished = 0, marked = 0 } = kills ?? {}
    expect(writers + readers).toBeGreaterThan(0)
    expect(none + undone + finished + marked).toBe(writers + readers)
  })

  it('ends no threads that have a fault', async () => {
    const { out, err, status } = await memslot(['stress', '--kill', '--fault', 'no-turns'])
    expect([out, err, status]).toEqual(['', expect.stringContaining('--kill'), 2])
  })

  it('lists plays and faults, and refuses a fault that does not exist', async () => {
    const { out, status } = await memslot(['stress', '--list'])
    for (const { id } of [...plays, ...faults]) expect(out).toContain(id)
    expect(status).toBe(0)
    const refused = await memslot(['stress', '--fault', 'no-turn'])
    expect(refused).toMatchObject({ out: '', status: 2 })
    expect(refused.err).toContain('there is no fault "no-turn": did you mean no-turns')
  })

  it('reports what it saw until it was interrupted', async () => {
    const stop = new AbortController()
    setTimeout(() => stop.abort(), 300)
    const { out, status } = await memslot(['stress', '--seconds', '600'], '', { stop: stop.signal })
    expect(out).toMatch(/interrupted\n0 violations in/)
    expect(status).toBe(130)
  })

  it('reports the play that was interrupted, and none that had not begun', async () => {
    const stop = new AbortController()
    const onProgress = () => stop.abort()
    const { interrupted, plays: played } = await stress({
      ...{ seconds: 600, seed: 1 },
      ...{ stop: stop.signal, onProgress },
    })
    expect([interrupted, played.map(({ play }) => play)]).toEqual([true, ['sections']])
  })
})
