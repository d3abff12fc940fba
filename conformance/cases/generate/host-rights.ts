import type { HostRights } from '../../../spec/terms/host.js'
import { addressOf, u64 } from '../../../spec/terms/numbers.js'
import type { Operation } from '../../../spec/terms/operation.js'
import {
  type Draft,
  enterSmm,
  get,
  HOST,
  hostProtect,
  hvaRange,
  INTERNAL_ID,
  lookup,
} from '../draft/calls.js'
import { accessesOf, PLACES, setUp } from './accesses.js'

const CONFIG = { internalIds: [INTERNAL_ID] }
const RIGHTS = ['none', 'read', 'all'] as const

/** Host pages behind the places, in the order of `setUp`: a page of two of them is protected for both. */
const BACKING: Readonly<Record<string, number>> = {
  writable: HOST,
  logged: HOST + 2,
  'read-only': HOST,
  'logged-read-only': HOST + 2,
  internal: HOST + 8,
  hole: HOST,
  'other-space': HOST + 2,
}

const accesses = function* (): Generator<Draft> {
  for (const [place, gfn] of Object.entries(PLACES))
    for (const rights of RIGHTS)
      for (const [name, access] of Object.entries(accessesOf(gfn)))
        for (const smm of [false, true])
          yield {
            id: `host-rights/${place}/${rights}/${name}${smm ? '/smm' : ''}`,
            says: `${name} of a page that is ${place.replaceAll('-', ' ')} and of which the host has these rights: ${rights}`,
            config: CONFIG,
            ops: [
              ...setUp,
              ...(smm ? [enterSmm] : []),
              hostProtect(BACKING[place] ?? HOST, rights),
              access,
              get(2),
              get(5, 1),
              hostProtect(BACKING[place] ?? HOST, 'all'),
              access,
              get(2),
              get(5, 1),
            ],
          }
}

/** By the emulator and by the processor, which differ where the host denies its page. */
const paths = function* (): Generator<Draft> {
  for (const place of ['writable', 'logged', 'read-only', 'hole'] as const)
    for (const rights of RIGHTS)
      for (const [name, access] of Object.entries(accessesOf(PLACES[place])))
        for (const by of ['emulator', 'hardware'] as const) {
          if (access.op !== 'read' && access.op !== 'fetch' && access.op !== 'write' && access.op !== 'rmw')
            continue
          yield {
            id: `host-rights/by-${by}/${place}/${rights}/${name}`,
            says: `${name} by the ${by === 'hardware' ? 'processor' : 'emulator'} of a page that is ${place.replaceAll('-', ' ')} and of which the host has these rights: ${rights}`,
            config: CONFIG,
            ops: [...setUp, hostProtect(BACKING[place] ?? HOST, rights), { ...access, by }, get(2)],
          }
        }
}

const ranged = (hva: bigint, size: bigint, rights: HostRights = 'none'): Operation => ({
  op: 'host-protect',
  hva: u64(hva),
  size: u64(size),
  rights,
})
const at = addressOf(HOST)

/** Ranges that are none, and ranges that overlap: the last call about a page counts. */
const ranges = function* (): Generator<Draft> {
  const wrong: Readonly<Record<string, Operation>> = {
    'hva-unaligned': ranged(at + 1n, 4096n),
    'size-unaligned': ranged(at, 4095n),
    empty: ranged(at, 0n),
    'beyond-64-bits': ranged((1n << 64n) - 4096n, 8192n),
  }
  for (const [name, call] of Object.entries(wrong))
    yield {
      id: `host-rights/range/${name}`,
      says: 'a range that is not of whole pages is refused, and nothing has changed',
      config: CONFIG,
      ops: [...setUp, call, ...Object.values(accessesOf(PLACES.writable))],
    }
  const read = (gfn: number): Operation => ({ op: 'read', vcpu: 0, gfn, offset: 0, size: 1 })
  const write = (gfn: number): Operation => ({ op: 'write', vcpu: 0, gfn, offset: 0, data: 'a5' })
  for (const first of RIGHTS)
    for (const second of RIGHTS)
      for (const from of [0, 1, 2])
        for (const pages of [1, 2])
          yield {
            id: `host-rights/overlap/${first}+${second}/from-${from}/pages-${pages}`,
            says: 'of two ranges that meet, the later one says what a page of both has',
            config: CONFIG,
            ops: [
              ...setUp,
              ranged(at, 3n * 4096n, first),
              ranged(at + BigInt(from) * 4096n, BigInt(pages) * 4096n, second),
              ...[16, 17, 32, 33].flatMap(gfn => [read(gfn), write(gfn)]),
              lookup(16),
              hvaRange(HOST, 4),
            ],
          }
  yield {
    id: 'host-rights/last-page',
    says: 'the last page of 64 bits is one like others',
    config: CONFIG,
    ops: [...setUp, ranged((1n << 64n) - 4096n, 4096n), read(16)],
  }
}

/** Rights that the host takes from its pages: which accesses need them, and how they end without. */
export const hostRightsDrafts = function* (): Generator<Draft> {
  yield* accesses()
  yield* paths()
  yield* ranges()
}
