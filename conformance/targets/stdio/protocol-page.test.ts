import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PassThrough } from 'node:stream'
import { isLeft, isRight } from 'fp-ts/lib/Either.js'
import { describe, expect, it } from 'vitest'
import { parametersOf } from '../../../oracle/wire/config.js'
import { decodeJson } from '../../../oracle/wire/decode.js'
import { programOf } from '../../../oracle/wire/program.js'
import { loadByHand } from '../../cases/by-hand/load.js'
import type { Case } from '../../cases/case.js'
import { gateText } from '../../gates.js'
import { runPrograms } from '../../stress/programs/run.js'
import { FEATURES } from '../features.js'
import { implTarget } from '../impl.js'
import { HelloCodec, type Session } from '../target.js'
import { defaultLimits } from './limits.js'
import { serve } from './serve.js'
import { stdioTarget } from './target.js'

const page = readFileSync(join(import.meta.dirname, '../../PROTOCOL.md'), 'utf8')
const block = (language: string): string =>
  new RegExp(`\`\`\`${language}\n([^]*?)\`\`\``).exec(page)?.[1] ?? `the page has no ${language}`

/** Python starts slowly where other tests run beside these, and its threads take turns. */
const PATIENT = { answerMs: 60_000, programMs: 60_000 }

/** The answers' success or error, by operation; data of answers is not compared here. */
const errnosOf = async (session: Session, one: Case): Promise<readonly (string | null)[]> => {
  await session.reset(one.config)
  const seen: (string | null)[] = []
  await session.run(
    programOf(one.ops, one.config),
    r => {
      if (r.ev === 'return') seen.push(r.seen.is === 'error' ? r.seen.errno : null)
    },
    new AbortController().signal,
  )
  return seen
}

describe('PROTOCOL.md', () => {
  it('shows a conversation that takes place as shown', async () => {
    const lines = block('transcript').trim().split('\n')
    const of = (who: string) => lines.filter(l => l.startsWith(who)).map(l => l.slice(2))
    const input = new PassThrough()
    const output = new PassThrough()
    input.end(
      of('→')
        .map(l => `${l}\n`)
        .join(''),
    )
    await serve(implTarget, input, output)
    const [, ...said] = String(output.read()).trim().split('\n')
    const [hello, ...shown] = of('←')
    expect(said, gateText('the page of the protocol', 'the transcript is another')).toEqual(shown)
    expect(isRight(decodeJson(HelloCodec, hello ?? '', { file: 'page', line: null }))).toBe(true)
  })

  it('says how long the name and the version in hello may be, as the codec has it', () => {
    const hello = JSON.parse(block('json'))
    const most = Number(/`name` and `version` are [^.]*at most (\d+) characters/.exec(page)?.[1])
    for (const field of ['name', 'version'])
      for (const [length, isTaken] of [[most, true], [most + 1, false]] as const) // biome-ignore format: pairs
        expect(isRight(HelloCodec.decode({ ...hello, [field]: 'n'.repeat(length) }))).toBe(isTaken)
  })

  it('names every feature, as the code does', () => {
    const claims = Object.entries(FEATURES).map(
      ([name, claim]) => `| \`${name}\` | ${claim.replace(' (docs/semantics.md, section 2)', '')} |`,
    )
    const missing = claims.filter(row => !page.replace(/`(KVM_\w+)`/g, '$1').includes(row))
    expect(missing, gateText('the page of the protocol', `no row ${missing.join('\n')}`)).toEqual([])
  })

  it('names every parameter of a configuration, and the limits that are in force', () => {
    const missing = Object.keys(parametersOf({})).filter(name => !page.includes(`\`${name}\``))
    expect(missing, gateText('the page of the protocol', `${missing.join(', ')} is not there`)).toEqual([])
    expect(defaultLimits).toMatchObject({
      answerMs: 10_000,
      programMs: 10_000,
      lineLength: 8 * 2 ** 20,
      records: 100_000,
      graceMs: 1_000,
    })
  })

  it.skipIf(spawnSync('python3', ['--version']).status !== 0)(
    'shows an implementation whose threads keep every promise of the plays it is made for',
    async () => {
      const file = join(mkdtempSync(join(tmpdir(), 'memslot-page-')), 'threads.py')
      writeFileSync(file, block('python threads'))
      const target = stdioTarget(`python3 ${file}`, PATIENT)
      if (isLeft(target)) throw new Error('it is well formed')
      const played = (seconds: number) => runPrograms({ target: target.right, seconds, seed: 1 })
      let { plays, histories, skipped } = await played(4)
      // A machine may be so busy that none was judged by then.
      if (histories.episodes === 0) ({ plays, histories, skipped } = await played(60))
      expect([plays.flatMap(({ violations }) => violations), histories.deviations]).toEqual([[], []])
      expect(plays.map(({ play }) => play)).toContain('re-back')
      expect(skipped).toContainEqual({ play: 'harvest', because: 'no dirty-log' })
      expect(histories.episodes).toBeGreaterThan(0)
    },
  )

  it.skipIf(spawnSync('python3', ['--version']).status !== 0)(
    'shows an implementation that passes the hand-written cases it is made for',
    async () => {
      const file = join(mkdtempSync(join(tmpdir(), 'memslot-page-')), 'tiny.py')
      writeFileSync(file, block('python'))
      const target = stdioTarget(`python3 ${file}`, PATIENT)
      const cases = loadByHand(join(import.meta.dirname, '../../cases/by-hand'))
      if (isLeft(target) || isLeft(cases)) throw new Error('both are well formed, as other tests show')
      const { features } = await target.right.hello()
      const fitting = cases.right.filter(c => c.needs.every(need => features.includes(need)))
      expect(fitting.length).toBeGreaterThan(100)
      const wrong: string[] = []
      const session = await target.right.open({})
      for (const one of fitting) {
        const seen = await errnosOf(session, one)
        const allowed = one.allow.map((answers, i) => answers.some(a => (a.errno ?? null) === seen[i]))
        if (seen.length !== one.ops.length || allowed.includes(false)) wrong.push(one.id)
      }
      await session.close()
      expect(wrong).toEqual([])
    },
  )
})
