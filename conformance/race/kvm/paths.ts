import { isPrefixOn } from '../../targets/kvm/guest/force-emulation.js'
import { type GuestAbilities, kindOf } from '../../targets/kvm/guest/paths.js'
import type { Path } from '../access.js'

/** Code of a guest that goes a path. */
export interface Way {
  readonly cpl: number
  /** It has the prefix that makes KVM emulate an instruction. */
  readonly forced: boolean
}

const CPLS = [3, 0] as const

/** How code in 64-bit mode goes a path on this kernel; null where none does. */
export const wayOf = (path: Path, { paths }: GuestAbilities): Way | null => {
  const by = (wanted: Path) => CPLS.find(cpl => paths.get(kindOf('64-bit', cpl)) === wanted)
  const plain = by(path)
  if (plain !== undefined) return { cpl: plain, forced: false }
  const forced = path === 'emulator' && isPrefixOn() ? by('hardware') : undefined
  return forced === undefined ? null : { cpl: forced, forced: true }
}
