import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { expect, it } from 'vitest'

const root = fileURLToPath(new URL('..', import.meta.url))

/**
 * The examples in the README, each with what it says it prints. They run against the built package, as a reader would
 * run them.
 */
const EXAMPLES = [...readFileSync(`${root}/README.md`, 'utf8').matchAll(/```js\n([\s\S]*?)\n```/g)]
  .map(([, source = '']) => source)
  .filter(source => source.includes("from 'kvm-memslot-spec/impl'"))
const printed = (source: string): string =>
  [...source.matchAll(/console\.log\(.*\) \/\/ (.*)$/gm)].map(([, line]) => line).join('\n')

it('the README has examples of threads and of the fetch path', () => {
  expect(EXAMPLES.map(source => /worker_threads|linear/.exec(source)?.[0])).toEqual([
    'worker_threads',
    'linear',
  ])
})

it.each(EXAMPLES)('what example %# of the README says it prints, it prints', async source => {
  expect(printed(source)).not.toBe('')
  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '--eval', source], {
    cwd: root,
  })
  expect(stdout.trim()).toBe(printed(source))
})
