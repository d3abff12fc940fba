import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { memslot } from './command/captured.js'
import { gateText } from './gates.js'
import { packageRoot } from './package-root.js'

interface Shown {
  readonly command: string
  readonly output: readonly string[]
  readonly status: number
}

const root = packageRoot()

/** The commands a page shows, with the output below each: `…` stands for any lines, `[exit N]` for the status. */
const shownIn = (page: string): readonly Shown[] =>
  [...readFileSync(join(root, page), 'utf8').matchAll(/```console\n([\s\S]*?)```/g)].flatMap(
    ([, block = '']) =>
      block
        .split(/^\$ /m)
        .filter(part => part.trim() !== '')
        .map(part => {
          const [command = '', ...lines] = part.trimEnd().split('\n')
          const exit = /^\[exit (\d+)\]$/.exec(lines.at(-1) ?? '')
          return {
            command,
            output: exit === null ? lines : lines.slice(0, -1),
            status: Number(exit?.[1] ?? 0),
          }
        }),
  )

/** The words of a command line, of which one in double quotes may have spaces. */
const wordsOf = (command: string): readonly string[] =>
  [...command.matchAll(/"([^"]*)"|(\S+)/g)].map(([, quoted, plain]) => quoted ?? plain ?? '')

/** Whether the lines shown occur in the output in order, `…` standing for any number of lines or the rest of one. */
const agrees = (shown: readonly string[], printed: readonly string[]): boolean => {
  let at = 0
  let anywhere = false
  for (const line of shown) {
    if (line === '…') {
      anywhere = true
      continue
    }
    const matches = (text: string | undefined) =>
      text !== undefined && (line.endsWith('…') ? text.startsWith(line.slice(0, -1)) : text === line)
    const found = anywhere
      ? printed.findIndex((text, i) => i >= at && matches(text))
      : matches(printed[at])
        ? at
        : -1
    if (found < 0) return false
    at = found + 1
    anywhere = false
  }
  return anywhere || at >= printed.length
}

describe('the README shows what the command prints', () => {
  const shown = shownIn('README.md')
  it('shows something', () => expect(shown.length).toBeGreaterThan(2))
  for (const { command, output, status } of shown) {
    it(command, async () => {
      const [, , ...argv] = wordsOf(command)
      const { out, status: found } = await memslot(argv)
      const printed = out.trimEnd().split('\n')
      const mend = gateText('the README', `${command} prints something else, exit ${found}`)
      const both = `${mend}\nshown, exit ${status}:\n${output.join('\n')}\nprinted:\n${out}`
      expect(found === status && agrees(output, printed), both).toBe(true)
    })
  }
})
