import { u64 } from '../../../spec/terms/numbers.js'
import type { BatchCall, Operation, RegistersCall } from '../../../spec/terms/operation.js'
import { entryBytes } from '../../../spec/terms/paging/entry.js'
import { batch, type Draft, entry, HOST, hostProtect, INTERNAL_ID, removal, remove } from '../draft/calls.js'
import {
  A,
  addressIn,
  fetch,
  internalSlotOf,
  OPEN,
  PAGE_2,
  pointer,
  poke,
  putTables,
  registers,
  SETUP,
  slotOf,
  TOP,
} from '../draft/fetch-layout.js'

const RIP = addressIn('pae') + 0xffcn
/** Bytes that lie on both pages. */
const LENGTH = 6
const SOUND = 0x2001n
const RESERVED = 0x2003n

/** The host writes the top entry of a gigabyte; the address's is the last. */
const top = (value: bigint, gigabyte = 3): Operation => poke(HOST + TOP, 8 * gigabyte, entryBytes(value, 8))

/** Changes of the top entries in memory. */
const SPOILT: Readonly<Record<string, readonly Operation[]>> = {
  absent: [top(0x2000n)],
  reserved: [top(RESERVED)],
  'another-reserved': [top(RESERVED, 0)],
  'another-absent': [top(RESERVED & ~1n, 0)],
  'another-table': [top(0x5001n)],
  'no-slot': [remove(TOP)],
  'read-only': [remove(TOP), slotOf(TOP, 'RO')],
  internal: [remove(TOP), internalSlotOf(TOP)],
  unreadable: [hostProtect(HOST + TOP, 'none')],
  'unreadable-read-only': [remove(TOP), slotOf(TOP, 'RO'), hostProtect(HOST + TOP, 'none')],
  unwritable: [hostProtect(HOST + TOP, 'read')],
}

const given = (amd: boolean, entry: bigint): RegistersCall => ({
  ...registers('pae', { amd }),
  pdptes: [0n, 0n, 0n, entry].map(u64),
})
const BYS = ['emulator', 'hardware'] as const
const fetches = (): readonly Operation[] => BYS.map(by => fetch(RIP, LENGTH, { by }))

/**
 * Top entries in memory differ from those that were loaded: which of them a fetch uses, by vendor, second stage, and
 * emulator or hardware.
 */
const stale = function* (): Generator<Draft> {
  for (const amd of [true, false])
    for (const secondStage of ['tdp', 'shadow'] as const)
      for (const [name, spoil] of Object.entries(SPOILT))
        for (const by of BYS)
          yield {
            id: `fetch-tops/${amd ? 'amd' : 'intel'}/${secondStage}/${name}/${by}`,
            says: 'PAE’s top entries in memory are spoilt between two fetches, which may have those of before',
            config: { secondStage, internalIds: [INTERNAL_ID] },
            ops: [
              ...SETUP,
              ...putTables('pae'),
              top(SOUND),
              given(amd, 0n),
              fetch(RIP, LENGTH, { by }),
              ...spoil,
              ...fetches(),
              { op: 'read-virtual', vcpu: 0, gva: u64(RIP), size: LENGTH },
            ],
          }
  yield {
    id: 'fetch-tops/amd/loaded-by-kvm-alone',
    says: 'what the processor reads of the top entries for itself is not what KVM has loaded',
    config: {},
    ops: [
      ...SETUP,
      ...putTables('pae'),
      top(SOUND),
      given(true, 0n),
      fetch(RIP, LENGTH, { by: 'hardware' }),
      remove(TOP),
      fetch(RIP, LENGTH),
      slotOf(TOP),
      { op: 'translate', vcpu: 0, gva: u64(RIP), access: 'fetch' },
      remove(TOP),
      fetch(RIP, LENGTH),
    ],
  }
}

/** Their slot changes in the middle of a fetch. */
const between = function* (): Generator<Draft> {
  const own = { id: TOP, base: TOP, npages: 1, hva: HOST + TOP }
  const one = (...entries: Parameters<typeof batch>[0]) => batch(entries, 'total') as BatchCall
  const changes = {
    batch: { gone: one(removal(TOP)), rebacked: one(entry({ ...own, hva: HOST + 5 })) },
    linux: { deleted: remove(TOP), 'not-moved': { ...slotOf(TOP), gpa: u64(0x40000), allocation: 'late' } },
  } as const
  const closed = { 2: pointer(2) | (OPEN & ~A), 1: pointer(1) | (OPEN & ~A) }
  for (const profile of ['batch', 'linux'] as const)
    for (const [name, operation] of Object.entries(changes[profile]))
      for (const by of BYS)
        for (const after of [0, 1, 4])
          yield {
            id: `fetch-tops/between/${profile}/${name}/${by}/after-${after}`,
            says: 'the slot of PAE’s top entries changes in the middle of a fetch',
            config: profile === 'linux' ? { profile } : {},
            ops: [
              ...SETUP,
              ...putTables('pae', closed, (BigInt(PAGE_2) << 12n) | (OPEN & ~A)),
              top(SOUND),
              given(true, 0n),
              fetch(RIP, LENGTH, { by, between: { after, operation } }),
              ...fetches(),
            ],
          }
  yield {
    id: 'fetch-tops/between/linux/created',
    says: 'what could not be loaded for the first page is asked for again for the second',
    config: { profile: 'linux' },
    ops: [
      ...SETUP,
      ...putTables('pae'),
      top(0x5001n),
      remove(TOP),
      given(true, SOUND),
      fetch(RIP, LENGTH, { between: { after: 2, operation: slotOf(TOP) } }),
      fetch(RIP, LENGTH),
    ],
  }
}

/** PAE's top entries, which AMD's nested paging keeps no registers for. */
export const fetchTopDrafts = function* (): Generator<Draft> {
  yield* stale()
  yield* between()
}
