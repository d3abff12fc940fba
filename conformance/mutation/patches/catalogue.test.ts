import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import { isLeft } from 'fp-ts/lib/Either.js'
import { expect, it } from 'vitest'
import { gateText } from '../../gates.js'
import { packageRoot } from '../../package-root.js'
import { readCatalogue } from './catalogue.js'

it('the patch of every mutant in the catalogue applies to the sources as they are', () => {
  const mutants = readCatalogue(join(packageRoot(), 'conformance/mutation/patches/catalogue'))
  if (isLeft(mutants)) throw new Error('the catalogue cannot be read')
  const stale = mutants.right.filter(({ patch }) => {
    try {
      execFileSync('git', ['apply', '--check', '-'], {
        cwd: packageRoot(),
        input: patch,
        stdio: 'pipe',
      })
      return false
    } catch {
      return true
    }
  })
  const lines = stale.map(({ id }) =>
    gateText('a patch that no longer applies', `${id}.patch does not apply`, id),
  )
  expect(lines, lines.join('\n')).toEqual([])
})
