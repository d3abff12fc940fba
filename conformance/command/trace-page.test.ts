import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { gateText } from '../gates.js'
import { packageRoot } from '../package-root.js'
import { memslot } from './captured.js'

const page = readFileSync(join(packageRoot(), 'oracle', 'TRACE.md'), 'utf8')

/** The fenced blocks of the page in one language. */
const blocks = (language: string): readonly string[] =>
  [...page.matchAll(new RegExp(`^\`\`\`${language}\\n([\\s\\S]*?)^\`\`\``, 'gm'))].map(
    ([, text]) => text ?? '',
  )

const example = blocks('ndjson')[0] ?? ''

/** Commands of the page with what it says they print. */
const commands = blocks('console')
  .join('')
  .split(/^\$ /m)
  .slice(1)
  .map(text => {
    const [line = '', ...printed] = text.split('\n')
    return { line, printed: printed.join('\n').trim() }
  })

const inputOf = (line: string): string => {
  const here = /<<< '(.*)'$/.exec(line)
  return here === null ? example : `${here[1]}\n`
}

const pairs = (blocks('errors')[0] ?? '')
  .trim()
  .split('\n')
  .flatMap((line, i, all) => (i % 2 === 0 ? [{ line, error: all[i + 1] ?? '' }] : []))

describe('oracle/TRACE.md', () => {
  it('has examples of traces, commands and errors', () => {
    expect([example.length > 0, commands.length, pairs.length]).toEqual([true, 3, 9])
  })

  it.each(commands)('shows what $line prints', async ({ line, printed }) => {
    const { out, err } = await memslot(line.replace(/^memslot | <.*$/g, '').split(' '), inputOf(line))
    expect(`${out}${err}`.trim(), gateText('the page of traces', `${line} prints something else`)).toBe(
      printed,
    )
  })

  it.each(pairs)('shows the error of $line', async ({ line, error }) => {
    const header = example.split('\n')[0]
    const { err, status } = await memslot(['check', '-'], `${header}\n${line}\n`)
    expect([err.trim(), status], gateText('the page of traces', 'the error is another')).toEqual([error, 2])
  })

  it('names every record, operation, parameter and field of an answer', async () => {
    const { operationMembers } = await import('../../oracle/wire/operation.js')
    const { successOptions, failureFields, failureOptions, endFields, endOptions } = await import(
      '../../oracle/wire/seen.js'
    )
    const { defaultParameters } = await import('../../spec/terms/parameters.js')
    const names = [
      ...['header', 'call', 'return', 'access', 'access-wait', 'access-end', 'choice', 'note', 'end'],
      ...[operationMembers, defaultParameters, successOptions, failureFields, failureOptions].flatMap(
        Object.keys,
      ),
      ...[endFields, endOptions].flatMap(Object.keys),
    ]
    const unnamed = names.filter(name => !page.includes(`\`${name}\``))
    expect(unnamed, gateText('the page of traces', `${unnamed.join(', ')} is not on the page`)).toEqual([])
  })
})
