import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { counted } from '../../spec/terms/counted.js'
import { packageRoot } from '../package-root.js'

const NOUNS =
  'access bit block byte call case deviation entry family file finding frame harvest history kernel line machine mutant operation page play program property read record round rule run sequence slot state step swap thread time transition update vCPU violation window word write'

const plurals = NOUNS.split(' ').map(noun =>
  noun.endsWith('y') ? `${noun.slice(0, -1)}ies` : noun.endsWith('ss') ? `${noun}es` : `${noun}s`,
)
/** A number in a text and a noun that says several, whatever the number is; capitals are constants. */
const SEVERAL = new RegExp(`\\$\\{(?![A-Z_]+\\})[^}]*\\} (?:more )?(?:${plurals.join('|')})\\b(?! of |/)`)
/** The line itself keeps 1 away, or tells it from the others. */
const HAS_ONE = /=== 1\b|> 1\b|< 1\b/

/** Texts whose number is never 1, by file: each says why. */
const NEVER_ONE: Readonly<Record<string, string>> = {
  'conformance/cases/export/kernel-operation.ts': 'an access of one byte is none of these',
  'conformance/targets/kvm/abilities.ts': 'the verb',
  'conformance/targets/kvm/refusal.ts':
    'a hexadecimal number of pages, and an access of one byte is none of these',
  'conformance/targets/stdio/serve.ts': 'a bound',
  'conformance/targets/stdio/fault.ts': 'a bound',
  'conformance/audit/explain.ts': 'the size of a page',
  'conformance/audit/why-failed.ts': 'a hexadecimal number of pages, and more than a slot may have',
  'conformance/reports/audit/words/units.ts': 'more threads than are named',
}

const sources = ['spec', 'oracle', 'conformance'].flatMap(room =>
  readdirSync(join(packageRoot(), room), { recursive: true, encoding: 'utf8' })
    .map(file => `${room}/${file.replaceAll('\\', '/')}`)
    .filter(
      file =>
        /\.tsx?$/.test(file) && !/\.(test|fixture)\./.test(file) && !file.startsWith('conformance/bench/'),
    ),
)

const saysSeveral = (file: string): readonly string[] =>
  readFileSync(join(packageRoot(), file), 'utf8')
    .split('\n')
    .filter(line => SEVERAL.test(line) && !HAS_ONE.test(line))

describe('a count in words', () => {
  it('says one of a thing as one, and none or several as several', () => {
    expect([0, 1, 2].map(n => counted(n, 'byte'))).toEqual(['0 bytes', '1 byte', '2 bytes'])
    expect([0, 1, 2].map(n => counted(n, 'history', 'histories'))).toEqual([
      '0 histories',
      '1 history',
      '2 histories',
    ])
  })

  it('is made by counted wherever the number may be 1', () => {
    const wrong = sources
      .filter(file => !(file in NEVER_ONE))
      .flatMap(file => saysSeveral(file).map(line => `${file}: ${line.trim()}`))
    expect(wrong).toEqual([])
  })

  it('has no exception that is not needed', () => {
    expect(Object.keys(NEVER_ONE).filter(file => saysSeveral(file).length === 0)).toEqual([])
  })
})
