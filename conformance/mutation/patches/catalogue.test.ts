import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import { isLeft } from 'fp-ts/lib/Either.js'
import { expect, it } from 'vitest'
import { gateText } from '../../gates.js'
import { packageRoot } from '../../package-root.js'
import { programCases } from '../../suite/atomicity/program-cases.js'
import { loadSuite } from '../../suite/load.js'
import { FEATURES } from '../../targets/features.js'
import { readCatalogue } from './catalogue.js'

const catalogue = () => {
  const mutants = readCatalogue(join(packageRoot(), 'conformance/mutation/patches/catalogue'))
  if (isLeft(mutants)) throw new Error('the catalogue cannot be read')
  return mutants.right
}

it('the patch of every mutant in the catalogue applies to the sources as they are', () => {
  const stale = catalogue().filter(({ patch }) => {
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

it('the cases that were made to catch a mutant exist', () => {
  const instruments = [...new Set(catalogue().flatMap(({ instrument }) => instrument ?? []))]
  const suite = loadSuite({ filter: instruments, smoke: false })
  if (isLeft(suite)) throw new Error('the suite cannot be read')
  const programs = programCases({ filter: instruments, smoke: false }, Object.keys(FEATURES))
  const ids = [...suite.right, ...programs].map(({ id }) => id)
  expect(instruments.length).toBeGreaterThan(10)
  expect(instruments.filter(instrument => !ids.some(id => id.includes(instrument)))).toEqual([])
})
