import { u64 } from '../../../../spec/terms/numbers.js'
import type { Operation, RegistersCall } from '../../../../spec/terms/operation.js'
import { type Draft, HOST, hostProtect, remove } from '../../draft/calls.js'
import { fetch, poke, putTables, registers, SETUP } from '../../draft/fetch-layout.js'
import { at, bytesOf, draft } from './draft.js'

/** PAE’s top entries: when they are loaded, from where, and what they may not be. */
export const pdpteCases = function* (): Generator<Draft> {
  const pae: RegistersCall = registers('pae')
  const { pdptes: _, ...fromMemory } = pae
  const top = (value: bigint): Operation => poke(HOST + 6, 24, bytesOf(value))
  yield draft('pdptes/loaded', 'PAE’s top entries are read once: memory may change behind them', [
    ...SETUP,
    ...putTables('pae'),
    top(0x2001n),
    fromMemory,
    fetch(at('pae'), 2),
    top(0n),
    fetch(at('pae'), 2),
    fromMemory,
    fetch(at('pae'), 2),
  ])
  for (const bit of [1, 2, 3, 4, 5, 6, 7, 8, 9, 11, 45, 46, 52, 62, 63])
    yield draft(`pdptes/bit-${bit}`, 'a reserved bit in a present top entry is #GP where it is loaded', [
      ...SETUP,
      ...putTables('pae'),
      registers('none'),
      top(0x2001n | (1n << BigInt(bit))),
      fromMemory,
      fetch(0x10010n, 1),
      top(0x2000n | (1n << BigInt(bit))),
      fromMemory,
      fetch(at('pae'), 1),
    ])
  yield draft('pdptes/no-slot', 'top entries in a hole are #GP where they are loaded', [
    ...SETUP,
    registers('none'),
    remove(6),
    fromMemory,
    fetch(0x10010n, 1),
  ])
  yield draft('pdptes/given-reserved', 'a reserved bit in a top entry that is given is #GP too', [
    ...SETUP,
    registers('none'),
    { ...pae, pdptes: [u64(0), u64(0), u64(0), u64(0x2003)] },
    fetch(0x10010n, 1),
  ])
  yield* nestedOnAmd(top)
}

/** Changes of the page at CR3 where AMD’s nested paging keeps no registers of the top entries. */
const nestedOnAmd = function* (top: (value: bigint) => Operation): Generator<Draft> {
  const pages: Readonly<Record<string, Operation>> = {
    open: top(0x2001n),
    absent: top(0x2000n),
    reserved: top(0x2003n),
    missing: remove(6),
    unreadable: hostProtect(HOST + 6, 'none'),
  }
  const kept: RegistersCall = { ...registers('pae', { amd: true }), pdptes: [u64(0), u64(0), u64(0), u64(0)] }
  for (const by of ['emulator', 'hardware'] as const)
    for (const [name, page] of Object.entries(pages))
      yield draft(
        `pdptes/amd/${by === 'emulator' ? '' : 'hardware/'}${name}`,
        by === 'emulator'
          ? 'on AMD KVM’s walker loads PAE’s top entries anew, once an exit, and keeps those of before where it cannot'
          : 'on AMD a processor below nested paging reads the top entry that it needs',
        [...SETUP, ...putTables('pae'), kept, page, fetch(at('pae', 0xffcn), 6, { by }), fetch(at('pae'), 2)],
      )
}
