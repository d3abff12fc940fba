import { expect, it } from 'vitest'
import { kernelOf } from './abilities.js'

it('the kernel of a machine is named by its release, or by the module of pvm, and not at all where it was never asked', () => {
  expect(kernelOf('6.1.0-42-amd64', false)).toBe('6.1')
  expect(kernelOf('6.12.117+deb13-amd64', false)).toBe('6.12')
  expect(kernelOf('7.3.4', false)).toBe('7.3')
  expect(kernelOf('6.18.44', true)).toBe('pvm')
  expect([kernelOf('6.18.44', false), kernelOf('6.19.1', false), kernelOf('', false)]).toEqual([
    null,
    null,
    null,
  ])
})
