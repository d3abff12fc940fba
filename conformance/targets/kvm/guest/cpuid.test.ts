import { expect, test } from 'vitest'
import { type CpuModel, writeCpuid } from './cpuid.js'

const EXTENDED = 0x8000_0001
/** EDX of the second entry, behind a header of two words and an entry of ten. */
const EDX_AT = 8 + 40 + 24
const PAGES_OF_1G = 1 << 26

const edxOf = (model: Partial<CpuModel>): number => {
  const view = new DataView(new ArrayBuffer(4096))
  const entries = [
    [0, 0, 0, 0, 0, 0, 0],
    [EXTENDED, 0, 0, 0, 0, 0, PAGES_OF_1G | 1],
  ]
  const cpuid = { entries, gigabytePages: true, fiveLevels: false }
  writeCpuid(view, cpuid, { maxPhyAddr: 46, amd: false, gigabytePages: true, ...model })
  return view.getUint32(EDX_AT, true)
}

test('a processor without pages of 1 GiB is not said to have them, though the kernel supports them', () => {
  expect(edxOf({})).toBe(PAGES_OF_1G | 1)
  expect(edxOf({ gigabytePages: false })).toBe(1)
})
