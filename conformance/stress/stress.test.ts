import { isRight } from 'fp-ts/lib/Either.js'
import { describe, expect, it } from 'vitest'
import * as anywhere from '../../oracle/designs/faults/anywhere.js'
import * as blocking from '../../oracle/designs/faults/blocking.js'
import * as settling from '../../oracle/designs/faults/settling.js'
import { memslot } from '../command/captured.js'
import { type StressReport, StressReportCodec } from '../reports/stress/codec.js'
import { faults } from './faults.js'
import { plays } from './plays/index.js'

const reportOf = (out: string): StressReport => {
  const report = StressReportCodec.decode(JSON.parse(out))
  if (!isRight(report)) throw new Error('the report is not what its codec says')
  return report.right
}

describe('a seeded fault', () => {
  it.each(faults)('$id is caught by stress within five seconds', async ({ id, noticedAs }) => {
    const { out, status } = await memslot([
      'stress',
      '--fault',
      id,
      '--seconds',
      '5',
      '--seed',
      '1',
      '--json',
    ])
    const { plays, fault } = reportOf(out)
    expect([fault, status]).toEqual([id, 1])
    const seen = plays.flatMap(({ violations }) => violations.map(violation => violation.property))
    expect(seen.length).toBeGreaterThan(0)
    for (const property of seen) expect(noticedAs).toContain(property)
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
    const { out, err, status } = await memslot(['stress', '--seconds', '6', '--seed', '1', '--json'])
    const { plays: played, histories } = reportOf(out)
    const violations = played.flatMap(({ play, violations }) =>
      violations.map(violation => [play, violation]),
    )
    expect([violations, histories?.deviations, err, status]).toEqual([[], [], '', 0])
    expect(played.map(({ play }) => play)).toEqual(plays.map(({ id }) => id))
    // A thread that starts late on a busy machine may have no turn; all of them will not.
    const turns = played.flatMap(({ turns }) => Object.values(turns))
    expect(turns.filter(n => n > 0).length).toBeGreaterThan(turns.length / 2)
    expect(histories?.episodes).toBeGreaterThan(0)
  })

  it('ends threads at random, recovers the VM from each, and finds no promise broken', async () => {
    const { out, err, status } = await memslot([
      'stress',
      '--kill',
      '--seconds',
      '4',
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
    expect(out).toMatch(/sections[\s\S]*interrupted\n0 violations in/)
    expect(status).toBe(130)
  })
})
