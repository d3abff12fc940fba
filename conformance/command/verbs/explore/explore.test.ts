import { expect, it } from 'vitest'
import { memslot } from '../../captured.js'

const REDIRECTED = '1:0+1@0 -> 2:0+1@1'

it('memslot explore prints the run that breaks a property', async () => {
  const { out, status } = await memslot([
    'explore',
    REDIRECTED,
    '--design',
    'sequential',
    '--property',
    'no-hole',
  ])
  expect(out).toContain('no-hole                  fails in 7')
  expect(out).toContain('A HOLE')
  expect(status).toBe(1)
})

it('memslot explore exits with 0 where the property holds', async () => {
  const { out, status } = await memslot(['explore', REDIRECTED, '--property', 'no-hole', '--accesses', '1'])
  expect([out, status]).toEqual([expect.stringMatching(/^no-hole +holds/), 0])
})

it('memslot explore is inconclusive beyond its limit of states', async () => {
  expect((await memslot(['explore', REDIRECTED, '--max-states', '10'])).status).toBe(3)
})

it('memslot explore --emulated-fetch takes INVALID for a hole', async () => {
  const one = ['explore', REDIRECTED, '--design', 'rfc-single-swap', '--property', 'no-hole']
  expect((await memslot(one)).status).toBe(0)
  expect((await memslot([...one, '--emulated-fetch'])).status).toBe(1)
})

it('memslot explore says where a scenario is wrong', async () => {
  const { err, status } = await memslot(['explore', '1:0+x@0 ->'])
  expect([err, status]).toEqual([expect.stringContaining('at character 1: found "1:0+x@0"'), 2])
})
