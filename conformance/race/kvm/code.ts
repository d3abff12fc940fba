import { EMULATE } from '../../targets/kvm/guest/force-emulation.js'
import type { Access } from '../access.js'

const LOAD = [0x8b, 0x03] // mov eax, [rbx]
const STORE = [0x89, 0x03] // mov [rbx], eax
const COUNT = [0xff, 0x07] // inc dword [rdi]

/** What comes before the count in each turn of the loop. */
const BEFORE: Readonly<Record<Access, readonly number[]>> = {
  read: LOAD,
  write: STORE,
  walk: LOAD,
  fetch: [],
}

/** A loop of one access and a count of turns; `forced`: the first instruction has the prefix. */
export const loopOf = (access: Access, forced: boolean): Uint8Array => {
  const body = [...(forced ? EMULATE : []), ...BEFORE[access], ...COUNT]
  return Uint8Array.of(...body, 0xeb, 0x100 - (body.length + 2)) // jmp to the beginning
}
