import { describe, expect, it } from 'vitest'
import { withoutSlot } from './without-slot.js'

/** By hand from real-kvm.md, Data, Fetch from a hole, Page tables and INVALID on three kernels. */
describe('an access to a frame without a slot', () => {
  it.each([
    ['fetch', 'exit', 'fetch.hole', ['emulator']],
    ['read', 'mmio', 'read.hole', ['emulator']],
    ['write', 'mmio', 'write.hole', ['emulator']],
    ['walk', 'fault', 'walk.hole', ['emulator', 'hardware']],
  ] as const)(
    'of kind %s ends as %s, by %s, and finds INVALID to be none by %s',
    (access, end, rule, paths) => {
      expect(withoutSlot(access)).toEqual({ access, end, rule, invalidIsNone: paths })
    },
  )
})
