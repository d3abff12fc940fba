import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { isRight } from 'fp-ts/lib/Either.js'
import { afterAll, describe, expect, it } from 'vitest'
import { ConformReport } from '../../../reports/conform/codec.js'
import { memslot } from '../../captured.js'
import { statusOfConform } from './tell-report.js'

const directory = mkdtempSync(join(tmpdir(), 'memslot-conform-'))
afterAll(() => rmSync(directory, { recursive: true }))

const child = (name: string) => `stdio:${process.execPath} conformance/command/fixtures/${name}.mjs`

describe('memslot conform', () => {
  it('says what was run, by family, and that it passed', async () => {
    const { out, status } = await memslot(['conform', '--smoke', '--filter', 'by-hand/order'])
    expect(out).toMatch(/^target impl: \d+ cases\n/)
    expect(out).toMatch(/by-hand\/order +\d+ +0/)
    expect(out).toMatch(/\d+ passed, 0 failed, 0 skipped in \d+\.\d s\n$/)
    expect(status).toBe(0)
  })

  it('reports no coverage of a smoke run', async () => {
    expect((await memslot(['conform', '--smoke'])).out).not.toContain('coverage')
  })

  it('takes several filters, and patterns', async () => {
    const { out } = await memslot([
      'conform',
      '--smoke',
      '--filter',
      'by-hand/order',
      '--filter',
      'by-hand/s*',
    ])
    expect(out).toContain('by-hand/order')
    expect(out).toContain('by-hand/set')
    expect(out).not.toContain('by-hand/get')
  })

  it('concludes nothing where no case was run', async () => {
    const { err, status } = await memslot(['conform', '--smoke', '--filter', 'no such case'])
    expect([err, status]).toEqual([expect.stringContaining('no case was run'), 3])
  })

  it('concludes nothing where every case was skipped, and says why', async () => {
    const { out, status } = await memslot([
      'conform',
      '--smoke',
      '--filter',
      'by-hand/set',
      '--target',
      child('poor'),
    ])
    expect(out).toMatch(/skipped \d+ cases: no /)
    expect(out).toMatch(/0 passed, 0 failed, \d+ skipped/)
    expect(status).toBe(3)
  })

  it('explains each deviation and gives the command that runs it again', async () => {
    const { out, status } = await memslot([
      'conform',
      '--filter',
      'by-hand/order',
      '--target',
      child('obliging'),
    ])
    expect(out).toMatch(/✗ by-hand\/order\//)
    expect(out).toContain('allowed are only  EINVAL')
    expect(out).toMatch(/again: memslot conform --target 'stdio:.*obliging\.mjs' --filter by-hand\/order\//)
    expect(status).toBe(1)
  })

  it('prints twenty deviations, or all', async () => {
    const many = ['conform', '--smoke', '--filter', 'by-hand/', '--target', child('obliging')]
    const few = await memslot(many)
    expect(few.out.match(/✗ /g)).toHaveLength(20)
    expect(few.out).toMatch(/… and \d+ more deviations? \(--all prints them\)/)
    const all = await memslot([...many, '--all'])
    expect(all.out.match(/✗ /g)?.length).toBeGreaterThan(20)
  })

  it('keeps the traces of deviations, which replay takes', async () => {
    const saved = join(directory, 'traces')
    const { out } = await memslot([
      ...[
        'conform',
        '--smoke',
        '--filter',
        'by-hand/order/bad-flag-and-overlap',
        '--target',
        child('obliging'),
      ],
      ...['--save', saved],
    ])
    const [file = ''] = readdirSync(saved)
    expect(out).toContain(`again: memslot replay ${join(saved, file)} --target `)
    expect((await memslot(['check', join(saved, file)])).status).toBe(1)
    expect((await memslot(['replay', join(saved, file), '--target', 'impl'])).status).toBe(0)
  })

  it('keeps nothing of a part of the suite, which would stand in the place of all that was kept', async () => {
    for (const part of [['--filter', 'by-hand/order'], ['--smoke']]) {
      const { err, out, status } = await memslot(['conform', '--target', 'kvm', '--keep', ...part])
      expect([err, out, status]).toEqual([
        expect.stringContaining('--keep keeps what the whole suite'),
        '',
        2,
      ])
    }
  })

  it('prints one object that its codec takes', async () => {
    const { out } = await memslot([
      'conform',
      '--filter',
      'by-hand/order',
      '--target',
      child('obliging'),
      '--json',
    ])
    const report = ConformReport.decode(JSON.parse(out))
    if (!isRight(report)) throw new Error('the report is not what its codec says')
    const { total, passed, failed, skipped, deviations } = report.right
    expect(total).toBe(passed + failed + skipped)
    expect(deviations).toHaveLength(failed)
  })

  it('writes a JUnit report whole, or not at all', async () => {
    const junit = join(directory, 'report', 'junit.xml')
    await memslot([
      'conform',
      '--smoke',
      '--filter',
      'by-hand/order',
      '--target',
      child('obliging'),
      '--junit',
      junit,
    ])
    expect(readFileSync(junit, 'utf8')).toContain('<failure')
    expect(readdirSync(join(directory, 'report'))).toEqual(['junit.xml'])
    const nowhere = join(junit, 'below-a-file.xml')
    const { err, status } = await memslot([
      'conform',
      '--smoke',
      '--filter',
      'by-hand/order',
      '--junit',
      nowhere,
    ])
    expect([err, status]).toEqual([expect.stringContaining('expected a file that can be written'), 2])
    expect(existsSync(nowhere)).toBe(false)
  })

  it('judges atomicity by programs whose threads meet, where the target claims threads', async () => {
    // Several: a program whose threads meet too often may come to no verdict on a loaded machine.
    const { out, status } = await memslot(['conform', '--filter', 'threads/*/small'])
    expect(out).toMatch(/threads +\d+ +0/)
    expect(out).toMatch(/atomicity was judged by [1-9]\d* programs/)
    expect(status).toBe(0)
  })

  it('says that atomicity was not judged, with status 3 unless only sequential programs are asked for', async () => {
    // Compiled, so that it soon says hello.
    const served = `stdio:${process.execPath} dist/conformance/command/main.js serve spec`
    const argv = ['conform', '--smoke', '--filter', 'by-hand/order', '--target', served]
    const { out, status } = await memslot(argv)
    expect(out).toContain('\natomicity was not judged: the target claims neither threads nor steps\n')
    expect(out).toContain(' 0 failed,')
    expect(status).toBe(3)
    const asked = await memslot([...argv, '--sequential'])
    expect(asked.out).toContain('atomicity was not judged')
    expect(asked.status).toBe(0)
  })

  it('says so of a target without a batch as well, which keeps its status', async () => {
    const { out, status } = await memslot([
      ...['conform', '--smoke', '--filter', 'by-hand/order', '--target'],
      child('obliging'),
    ])
    expect(out).toContain('atomicity was not judged')
    expect(status).toBe(1)
    const passed = {
      ...{ interrupted: false, failed: 0, passed: 1 },
      atomicity: { is: 'not judged', says: '' },
    } as ConformReport
    expect(statusOfConform(passed, ['set', 'vcpu'])).toBe(0)
    expect(statusOfConform(passed, ['batch', 'vcpu'])).toBe(3)
  })

  it('says of the specification that the explorer judges it', async () => {
    const { out, status } = await memslot([
      'conform',
      '--smoke',
      '--filter',
      'by-hand/order',
      '--target',
      'spec',
    ])
    expect(out).toContain('atomicity is judged by the explorer: memslot designs')
    expect(status).toBe(0)
  })

  it('says so when it is interrupted before there are results', async () => {
    const { err, status } = await memslot(['conform', '--smoke'], '', { stop: AbortSignal.abort() })
    expect([err, status]).toEqual(['memslot: interrupted while the cases were read\n', 130])
  })
})
