import { expect, it } from 'vitest'
import { kernelOf, whoRuns } from './abilities.js'

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

it('who runs which code is said in few words, levels that follow each other as a range', () => {
  const by = (
    mode: '64-bit' | 'compatibility' | 'real',
    cpls: readonly number[],
    who: 'hardware' | 'emulator',
  ) => cpls.map(cpl => [`${mode} at CPL ${cpl}`, who] as const)
  const paths = new Map([
    ...by('64-bit', [3], 'hardware'),
    ...by('64-bit', [0, 1, 2], 'emulator'),
    ...by('compatibility', [0, 1, 2], 'emulator'),
    ...by('real', [0], 'emulator'),
  ])
  expect(whoRuns(paths)).toEqual([
    'the processor runs 64-bit at CPL 3',
    'KVM’s emulator runs 64-bit, compatibility at CPL 0-2, real at CPL 0',
  ])
})

it('what a kernel says of itself fits into a version, with every kind of code in its longest form', () => {
  const modes = ['64-bit', 'compatibility', '32-bit', '16-bit', 'real', 'virtual-8086'] as const
  const paths = new Map(
    modes.flatMap((mode, i) =>
      [0, 1, 2, 3].slice(0, 4 - (i % 4)).map(cpl => [`${mode} at CPL ${cpl}`, 'hardware'] as const),
    ),
  )
  const longest = [
    'Linux 6.12.117+deb12-cloud-amd64',
    ...whoRuns(paths),
    'it is emulated, and not asked to walk tables',
  ]
  expect(longest.join('; ').length).toBeLessThanOrEqual(200)
})
