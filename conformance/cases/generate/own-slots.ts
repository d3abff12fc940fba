import type { Config } from '../../../oracle/wire/config.js'
import { u64 } from '../../../spec/terms/numbers.js'
import type { Operation, SetCall } from '../../../spec/terms/operation.js'
import { OWN_SLOTS, type OwnSlot } from '../../../spec/terms/own-slots.js'
import { type Draft, HOST, remove, set, vcpu, write } from '../draft/calls.js'

/** Frames of the slots that KVM makes for itself, as QEMU has them. */
const TSS = 0xfeffd
const IDENTITY_MAP = 0xfeffc
const APIC_PAGE = 0xfee00

const setTss = (addr: bigint): Operation => ({ op: 'set-tss-addr', addr: u64(addr) })
const inPages = (frame: number): bigint => BigInt(frame) << 12n

/** Every set of slots that a processor may need. */
const OWNED: readonly (readonly OwnSlot[])[] = Array.from({ length: 1 << OWN_SLOTS.length }, (_, bits) =>
  OWN_SLOTS.filter((_, index) => ((bits >> index) & 1) === 1),
)

/** A slot of the user’s that is there before, and goes in the middle. */
const IN_THE_WAY: Readonly<Record<string, SetCall | undefined>> = {
  nothing: undefined,
  'of-the-tss': set({ id: 1, base: TSS + 2, npages: 1, hva: HOST }),
  'of-the-apic-page': set({ id: 1, base: APIC_PAGE, npages: 1, hva: HOST }),
  'of-the-identity-map': set({ id: 1, base: IDENTITY_MAP - 1, npages: 2, hva: HOST }),
  'in-space-1': set({ as: 1, id: 1, base: IDENTITY_MAP, npages: 2, hva: HOST }),
  beside: set({ id: 1, base: TSS + 3, npages: 1, hva: HOST }),
}

/** What KVM_SET_IDENTITY_MAP_ADDR was called with. */
const MAPS: Readonly<Record<string, bigint>> = {
  'as-QEMU-has-it': inPages(IDENTITY_MAP),
  zero: 0n,
  unaligned: inPages(IDENTITY_MAP) + 1n,
  'in-the-tss': inPages(TSS + 1),
  'at-the-apic-page': inPages(APIC_PAGE),
}

/** The calls that make slots, in either order. */
const ORDERS: Readonly<Record<string, readonly Operation[]>> = {
  'tss-first': [setTss(inPages(TSS)), vcpu],
  'vcpu-first': [vcpu, setTss(inPages(TSS))],
}

/** A slot of the user’s over each of them, and one that an access of a vCPU finds. */
const after: readonly Operation[] = [
  ...[TSS, TSS + 2, APIC_PAGE, IDENTITY_MAP].map(base => set({ id: 2, base, npages: 1, hva: HOST + 1 })),
  ...[TSS, APIC_PAGE, IDENTITY_MAP].map(frame => write(frame)),
]

const ADDRESSES: Readonly<Record<string, bigint>> = {
  zero: 0n,
  page: 0x1000n,
  unaligned: 0x1001n,
  highest: 0xffffd000n,
  'one-more': 0xffffd001n,
  '4-gib': 1n << 32n,
  'last-page': (1n << 64n) - 4096n,
}

/** The slots that KVM makes for itself, by the calls that make them. */
export const ownSlotDrafts = function* (): Generator<Draft> {
  for (const ownSlots of OWNED) {
    const who = ownSlots.length === 0 ? 'none' : ownSlots.join('+')
    for (const [name, addr] of Object.entries(ADDRESSES))
      yield {
        id: `own-slots/${who}/tss/${name}`,
        says: `the address of the TSS, where KVM makes ${who}: ${name}`,
        config: { ownSlots },
        ops: [setTss(addr), setTss(addr), setTss(0x4000n), set({ id: 1, base: 1, npages: 3, hva: HOST })],
      }
    for (const [map, address] of Object.entries(MAPS))
      for (const [way, user] of Object.entries(IN_THE_WAY))
        for (const [order, calls] of Object.entries(ORDERS)) {
          const config: Config = { ownSlots, identityMap: u64(address) }
          const gone = user === undefined ? [] : [remove(user.id, user.as)]
          yield {
            id: `own-slots/${who}/${map}/${way}/${order}`,
            says: `KVM makes ${who}; a slot is in the way: ${way}; identity map: ${map}; ${order}`,
            config,
            ops: [...(user === undefined ? [] : [user]), ...calls, ...gone, ...calls, ...after],
          }
        }
  }
}
