import { isRight } from 'fp-ts/lib/Either.js'
import { describe, expect, it } from 'vitest'
import { ReplayReport } from '../../../reports/replay/codec.js'
import { memslot } from '../../captured.js'

const fixture = (name: string) => `conformance/command/fixtures/${name}.ndjson`

/** A program that speaks the protocol badly. */
const child = (name: string) => `stdio:${process.execPath} conformance/command/fixtures/${name}.mjs`

describe('memslot replay', () => {
  it.each(['impl', 'spec'])(
    'runs the operations of a trace again on %s and gets the same answers',
    async target => {
      const { out, status } = await memslot(['replay', fixture('conforming'), '--target', target])
      expect(out).toBe('conforms: 5 operations, 0 deviations\nanswers: all 5 the same as recorded\n')
      expect(status).toBe(0)
    },
  )

  it('names the answers that differ from the recorded ones, and says that they conform', async () => {
    const { out, status } = await memslot(['replay', fixture('three-deviations')])
    expect(out).toContain('conforms: 9 operations')
    expect(out).toContain('answers: 3 of 9 differ from those recorded')
    expect(out).toContain('recorded EEXIST, now EINVAL')
    expect(status).toBe(0)
  })

  it('prints one object that its codec takes', async () => {
    const { out } = await memslot(['replay', fixture('three-deviations'), '--json'])
    const report = ReplayReport.decode(JSON.parse(out))
    if (!isRight(report)) throw new Error('the report is not what its codec says')
    expect(report.right).toMatchObject({ target: 'impl', is: 'conforms', calls: 9, same: false })
    expect(report.right.differences.map(({ nth }) => nth)).toEqual([3, 7, 8])
  })

  it('replays a trace that was cut off at a line', async () => {
    expect((await memslot(['replay', fixture('without-end')])).status).toBe(0)
  })

  it('concludes nothing where the target ends before it has said hello', async () => {
    const { err, status } = await memslot(['replay', fixture('conforming'), '--target', 'stdio:false'])
    expect([err, status]).toEqual([expect.stringContaining('target stdio:false: crashed'), 3])
  })

  it('refuses a program that cannot be started', async () => {
    const { err, status } = await memslot(['replay', fixture('conforming'), '--target', 'stdio:./nowhere'])
    expect([err, status]).toEqual([expect.stringContaining('./nowhere could not be started'), 2])
  })

  it('reports a crash of the target as a deviation', async () => {
    const { err, status } = await memslot(['replay', fixture('conforming'), '--target', child('crashing')])
    expect([err, status]).toEqual([expect.stringContaining('crashed'), 1])
  })

  it('concludes nothing where the target cannot do what the trace needs', async () => {
    const { err, status } = await memslot(['replay', fixture('conforming'), '--target', child('poor')])
    expect([err, status]).toEqual([expect.stringContaining('it has no dirty-log'), 3])
  })
})
