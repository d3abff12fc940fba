import { describe, expect, test } from 'vitest'
import { kernelsIn, newestOf } from './packages.js'

const NAMES = [
  'linux-image-6.1.0-9-cloud-amd64',
  'linux-image-6.1.0-56-cloud-amd64',
  'linux-image-6.12.117+deb12-cloud-amd64',
  'linux-image-6.12.9+deb12-cloud-amd64',
  'linux-image-6.12-cloud-amd64',
  'linux-image-6.19.14+deb13-cloud-amd64', // a meta-package, beside its binary
  'linux-binary-6.19.14+deb13-cloud-amd64',
  'linux-image-7.3.4+deb13-cloud-amd64',
  'linux-binary-7.3.4+deb13-cloud-amd64',
  'linux-modules-7.3.4+deb13-cloud-amd64',
  'linux-image-6.12.117+deb12-amd64',
  'linux-headers-7.3.4+deb13-cloud-amd64',
  'linux-image-6.1.0-50-cloud-arm64',
  'linux-image-6.12.118+deb12-cloud-arm64',
]

describe('the kernels of a distribution, by the names of packages', () => {
  const kernels = kernelsIn(NAMES, 'amd64')
  test('the newest release of a version is chosen by number, not by letter', () => {
    expect(newestOf(kernels, '6.1')?.packages).toEqual(['linux-image-6.1.0-56-cloud-amd64'])
    expect(newestOf(kernels, '6.12')?.packages).toEqual(['linux-image-6.12.117+deb12-cloud-amd64'])
    expect(newestOf(kernels, '6.12.9')?.release).toBe('6.12.9+deb12-cloud-amd64')
  })
  test('a kernel whose modules have a package of their own is two packages', () => {
    expect(newestOf(kernels, '7.3')?.packages).toEqual([
      'linux-binary-7.3.4+deb13-cloud-amd64',
      'linux-modules-7.3.4+deb13-cloud-amd64',
    ])
  })
  test('without a version the newest of all is chosen', () => {
    expect(newestOf(kernels, null)?.version).toBe('7.3.4')
  })
  test('a kernel of another architecture is not chosen, though it is newer', () => {
    expect(newestOf(kernels, '6.12')?.release).toBe('6.12.117+deb12-cloud-amd64')
    const ofArm = kernelsIn(NAMES, 'arm64')
    expect(newestOf(ofArm, '6.1')?.packages).toEqual(['linux-image-6.1.0-50-cloud-arm64'])
    expect(newestOf(ofArm, null)?.release).toBe('6.12.118+deb12-cloud-arm64')
  })
  test('a version that begins another one is not that one', () => {
    expect(newestOf(kernels, '6.1')?.version).toBe('6.1.0')
    expect(newestOf(kernels, '7')?.version).toBe('7.3.4')
    expect(newestOf(kernels, '5.10')).toBeNull()
  })
})
