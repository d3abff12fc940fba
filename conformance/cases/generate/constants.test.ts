import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { isLeft } from 'fp-ts/lib/Either.js'
import { describe, expect, it } from 'vitest'
import { printInputError } from '../../../oracle/wire/decode.js'
import { packageRoot } from '../../package-root.js'
import { loadSuite } from '../../suite/load.js'
import { nearConstants } from './constants.js'
import { fieldNames } from './constants-fields.js'
import { CONSTANTS } from './constants-table.js'

const frozen = (() => {
  const loaded = loadSuite({ filter: ['constants/'], smoke: false })
  if (isLeft(loaded)) throw new Error(printInputError(loaded.left))
  return new Map(loaded.right.map(one => [one.id, one]))
})()
const near = [...nearConstants()]

describe('the table of constants', () => {
  it('has each name once, and a field that each constant governs', () => {
    expect(new Set(CONSTANTS.map(({ name }) => name)).size).toBe(CONSTANTS.length)
    expect(CONSTANTS.filter(({ governs }) => Object.keys(governs).length === 0)).toEqual([])
  })

  it('names a file of rules or terms for each constant', () => {
    for (const { rule } of CONSTANTS) expect(readFileSync(join(packageRoot(), rule), 'utf8')).not.toBe('')
  })

  it('governs every field that can be probed', () => {
    expect(fieldNames.filter(field => !CONSTANTS.some(({ governs }) => field in governs))).toEqual([])
  })
})

describe('the frozen family of constants', () => {
  it('has a case at each constant in each field, and one at each side', () => {
    const lacking = CONSTANTS.flatMap(({ name, value, governs }) =>
      Object.keys(governs).flatMap(field =>
        [value - 1n, value, value + 1n]
          .map(n => `constants/${name}/${field}/${n}`)
          .filter(id => !frozen.has(id)),
      ),
    )
    expect(lacking).toEqual([])
  })

  it('succeeds exactly where the table says by hand that the number is legal', () => {
    const odd = near.filter(({ id, probe, legal }) => {
      const answers = frozen.get(id)?.allow[probe.before.length] ?? []
      return answers.length === 0 || answers.some(({ errno }) => (errno === undefined) !== legal)
    })
    expect(odd.map(({ id }) => id)).toEqual([])
  })

  it('has both a legal and an illegal number of every field but that of GET', () => {
    const oneSided = fieldNames.filter(field => {
      const found = near.filter(one => one.field === field).map(({ legal }) => legal)
      return new Set(found).size < 2
    })
    expect(oneSided).toEqual(['get.pages'])
  })
})
