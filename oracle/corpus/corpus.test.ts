import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { isLeft } from 'fp-ts/lib/Either.js'
import { describe, expect, it } from 'vitest'
import { KINDS } from '../../spec/generate/index.js'
import { checkTrace } from '../check/checker.js'
import { readTrace, type Trace, writeRecord } from '../trace.js'
import type { Deviation } from '../verdict/deviation.js'
import { renderDeviation, renderVerdict } from '../verdict/render.js'
import { printInputError } from '../wire/decode.js'

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url))

const filesOf = (folder: string): readonly string[] =>
  readdirSync(here(folder))
    .filter(file => file.endsWith('.ndjson'))
    .toSorted()

const textOf = (folder: string, file: string): string => readFileSync(here(`${folder}/${file}`), 'utf8')

const traceOf = (folder: string, file: string): Trace => {
  const read = readTrace(textOf(folder, file), file)
  if (isLeft(read)) throw new Error(printInputError(read.left))
  return read.right
}

const notesOf = ({ lines }: Trace): readonly string[] =>
  lines.flatMap(({ record }) => (record.ev === 'note' ? [record.text] : []))

const GOOD = filesOf('good')
const BAD = filesOf('bad')

describe('a trace of corpus/good', () => {
  it.each(GOOD)('%s conforms', file => {
    const verdict = checkTrace(traceOf('good', file))
    expect(renderVerdict(verdict, { file })).toBe(`conforms: ${verdict.calls} operations, 0 deviations`)
  })
})

describe('a trace of corpus/bad', () => {
  it.each(BAD)('%s deviates once, by the rule and premise in its note', file => {
    const trace = traceOf('bad', file)
    const [note = ''] = notesOf(trace)
    const [, rule, premise] = /^violates (\S+) (\S+)$/.exec(note) ?? []
    const { is, deviations } = checkTrace(trace)
    expect([is, deviations.length]).toEqual(['deviates', 1])
    const blamed = deviations[0]?.refuted.find(refuted => refuted.rule === rule)
    expect([blamed?.rule, blamed?.reason.premise]).toEqual([rule, premise])
    // Either the rule would explain the answer but for this, or it applies and gives another answer.
    expect(blamed?.wouldExplain === true || blamed?.failing === 0).toBe(true)
    expect(renderDeviation(deviations[0] as Deviation)).toContain(`    ${rule} needs `)
  })
})

describe('the corpus', () => {
  it.each([
    ['good', GOOD, 12],
    ['bad', BAD, 20],
  ] as const)('of %s traces covers every kind of operation', (folder, files, min) => {
    expect(files.length).toBeGreaterThanOrEqual(min)
    const seen = new Set(
      files.flatMap(file =>
        traceOf(folder, file).lines.flatMap(({ record }) =>
          'operation' in record ? [record.operation.op] : [],
        ),
      ),
    )
    const unseen = KINDS.filter(kind => !seen.has(kind))
    const mend = 'add a trace to oracle/corpus/good and one to oracle/corpus/bad'
    expect(unseen, `no ${folder} trace has ${unseen.join(', ')}: ${mend}`).toEqual([])
  })

  it('is written as the codecs write it, line by line', () => {
    for (const [folder, files] of [
      ['good', GOOD],
      ['bad', BAD],
    ] as const) {
      for (const file of files) {
        const { header, lines } = traceOf(folder, file)
        const written = [header, ...lines.map(({ record }) => record)].map(writeRecord).join('\n')
        expect([file, `${written}\n`]).toEqual([file, textOf(folder, file)])
      }
    }
  })

  it('of bad traces conforms up to the wrong answer', () => {
    for (const file of BAD) {
      const { header, lines } = traceOf('bad', file)
      const [deviation] = checkTrace({ header, lines }).deviations
      const until = lines.filter(({ line }) => line < (deviation?.line ?? 0))
      expect([file, checkTrace({ header, lines: until }).deviations]).toEqual([file, []])
    }
  })
})
