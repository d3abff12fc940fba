import { isLeft, isRight } from 'fp-ts/lib/Either.js'
import { describe, expect, it } from 'vitest'
import { API_VERSION, IOCTL } from './constants.js'
import { here, type Surroundings } from './device.js'
import type { Kernel } from './ioctl.js'
import { sayUnavailable } from './refusal.js'
import { kvmTarget } from './target.js'

/** A kernel that is not there: what it answers to open, to the version and to the creation of a VM. */
const played = (open: number, version: number, vm: number, map = 0x1000_0000): Kernel => ({
  open: () => open,
  close: () => 0,
  ioctl: (_, request) => (request === IOCTL.getApiVersion ? version : request === IOCTL.createVm ? vm : 0),
  map: () => map,
  forbid: () => 0,
  view: (_, bytes) => new ArrayBuffer(bytes),
  guests: () => ({
    memory: () => -12,
    protect: () => 0,
    zero: () => 0,
    mapOver: () => 0,
    unmapOver: () => 0,
    enter: () => 0,
    interruptEvery: () => {},
    drain: () => {},
  }),
})

const withKernel = (kernel: Kernel): Surroundings => ({
  path: '/dev/kvm',
  machine: 'linux-x64',
  load: async () => kernel,
})

describe('a machine without KVM', () => {
  it.each<readonly [string, Surroundings, RegExp]>([
    ['another machine', { ...here, machine: 'darwin-arm64' }, /needs Linux on x86-64.*darwin-arm64/],
    [
      'no koffi',
      {
        ...withKernel(played(3, 12, 4)),
        load: () => Promise.reject(new Error("Cannot find package 'koffi'\nand more")),
      },
      /koffi.*could not be loaded \(Cannot find package 'koffi'\)$/,
    ],
    ['no device', withKernel(played(-2, 0, 0)), /\/dev\/kvm does not exist/],
    ['no right to open it', withKernel(played(-13, 0, 0)), /cannot be opened \(EACCES\)/],
    ['another device', withKernel(played(3, -25, 0)), /does not answer.*ENOTTY/],
    ['another version', withKernel(played(3, API_VERSION + 1, 0)), /speaks version 13/],
    ['no VM', withKernel(played(3, API_VERSION, -12)), /KVM_CREATE_VM failed \(ENOMEM\)/],
    ['no memory', withKernel(played(3, API_VERSION, 4, -12)), /could not be mapped \(ENOMEM\)/],
  ])('is refused with its own reason: %s', async (_, surroundings, says) => {
    const target = await kvmTarget({ surroundings })
    expect(isLeft(target) && sayUnavailable(target.left)).toMatch(says)
  })

  it('is not confused with one that answers', async () => {
    expect(isRight(await kvmTarget({ surroundings: withKernel(played(3, API_VERSION, 4)) }))).toBe(true)
  })
})
