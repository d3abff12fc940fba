import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { expect, it } from 'vitest'

const root = fileURLToPath(new URL('..', import.meta.url))

/** The example in the README, and what it says it prints. It runs against the built package, as a reader would run it. */
const [, example = ''] =
  /```js\n([^`]*?from 'kvm-memslot-spec\/impl'[\s\S]*?)```/.exec(readFileSync(`${root}/README.md`, 'utf8')) ??
  []
const prints = /console\.log\(.*\) \/\/ (.*)$/m.exec(example)?.[1]

it('the example of the README prints what it says', async () => {
  expect(prints).toBeDefined()
  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '--eval', example], {
    cwd: root,
  })
  expect(stdout.trim()).toBe(prints)
})
