import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { isLeft } from 'fp-ts/lib/Either.js'
import { afterAll, describe, expect, it } from 'vitest'
import { runsGuests } from '../../targets/kvm/there.fixture.js'
import { EDITS } from '../edit.js'
import { judgeRace } from '../judge.js'
import type { RaceRecord } from '../record.js'
import { recordOf } from '../run-program.js'
import { raceExport } from './export.js'

const hasCompiler = (name: string): boolean => spawnSync(name, ['--version']).status === 0

const directory = mkdtempSync(join(tmpdir(), 'memslot-race-'))
afterAll(() => rmSync(directory, { recursive: true, force: true }))

const compile = (compiler: string, to: string): void => {
  const { main, files } = raceExport()
  for (const { path, text } of files) writeFileSync(join(directory, path), text)
  const words = ['-O2', '-static', '-pthread', '-Wall', '-Wextra', '-Werror', '-o', to, main]
  execFileSync(compiler, words, { cwd: directory })
}

describe('the race as a program in C', () => {
  it.skipIf(!hasCompiler('aarch64-linux-gnu-gcc'))(
    'compiles for arm64 without a warning (skipped without a cross compiler)',
    () => compile('aarch64-linux-gnu-gcc', 'race-arm64'),
  )

  it.skipIf(!hasCompiler('cc') || !runsGuests)(
    'prints records of every edit on this kernel, and the explorer allows all that was seen (skipped without a compiler or a KVM that runs guests)',
    () => {
      compile('cc', 'race')
      const { stdout, status } = spawnSync(join(directory, 'race'), ['5'], {
        encoding: 'utf8',
        timeout: 300_000,
      })
      expect(status).toBe(0)
      const records = stdout
        .trim()
        .split('\n')
        .map((line, i): RaceRecord => {
          const record = recordOf(line, i + 1, 'race')
          if (isLeft(record)) throw new Error(`no record: ${line}`)
          return record.right
        })
      const judged = judgeRace('race', records)
      expect(new Set(judged?.trials.map(({ edit }) => edit))).toEqual(new Set(EDITS.map(({ id }) => id)))
      expect(judged?.trials.filter(({ verdict }) => verdict === 'deviation')).toEqual([])
      expect(judged?.trials.some(({ turns }) => turns > 0)).toBe(true)
    },
  )
})
