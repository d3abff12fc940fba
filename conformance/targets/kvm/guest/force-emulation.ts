import { readFileSync } from 'node:fs'

/** `ud2` and the letters that tell KVM to emulate what follows, where its module has `force_emulation_prefix` on. */
export const EMULATE = [0x0f, 0x0b, 0x6b, 0x76, 0x6d] as const

const PARAMETER = '/sys/module/kvm/parameters/force_emulation_prefix'

/** Whether KVM emulates an instruction that has the prefix: a number, or in older kernels a letter. */
export const isPrefixOn = (): boolean => {
  try {
    return /^[1-9Y]/.test(readFileSync(PARAMETER, 'utf8'))
  } catch {
    return false // the module has no such parameter
  }
}
