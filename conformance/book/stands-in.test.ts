import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { allRules } from '../../spec/rules/all.js'
import { packageRoot } from '../package-root.js'
import { rulePlaces, standsIn } from './stands-in.js'

it('the check that two slots overlap stands where set refuses', async () => {
  expect(await standsIn('set.overlap')).toBe('spec/rules/set/refused.ts')
})

it('a rule that two lists have stands where the shorter one is', async () => {
  expect(await standsIn('kernel.write')).toBe('spec/rules/access/kernel.ts')
  expect(await standsIn('read.no-vcpu')).toBe('spec/rules/access/access.ts')
})

it('every rule has a file that is there', async () => {
  const without: string[] = []
  const places = await rulePlaces()
  for (const { id } of allRules) {
    const file = places.get(id)
    if (file === undefined || !existsSync(join(packageRoot(), file))) without.push(id)
  }
  expect(without).toEqual([])
})

it('a rule that does not exist stands nowhere', async () => {
  expect(await standsIn('set.nothing')).toBeNull()
})
