import { below, chance, pick } from '../../../spec/generate/random.js'
import { generationOf } from '../../../spec/terms/cells.js'
import { u64 } from '../../../spec/terms/numbers.js'
import type { Operation, Region, SetCall } from '../../../spec/terms/operation.js'
import type { Drawing } from './drawing.js'
import { mishap } from './mishap.js'
import { LAST_FRAME } from './place.js'
import { spoiltRegisters } from './registers.js'
import { oddBinding } from './set.js'
import { spoiltBatch } from './spoil-batch.js'
import { LAST_PAGE, spoiltRegion } from './spoil-region.js'
import { elsewhere } from './virtual.js'

const spaceWrong = ({ r, world }: Drawing): number => pick(r, [world.params.spaces, 0xffff])

const spoiltSet: (d: Drawing, o: SetCall) => SetCall = (d, o) => {
  const kind = below(d.r, 10)
  if (kind === 0) return { ...o, as: spaceWrong(d) }
  if (kind === 1 && d.world.features.has('region2')) return { ...o, ioctl: 2 }
  if (o.memfd !== undefined && chance(d.r, 0.7)) return { ...o, memfd: oddBinding(d) }
  return kind < 4 ? { ...o, ...mishap(d) } : spoiltRegion(d, o)
}

const otherId = ({ r, world }: Drawing): number =>
  pick(r, [world.params.slotLimit, 0xffff, ...world.ids, ...world.params.internalIds])

/** The operation with one field made wrong, or with another value that may be as valid. */
export const spoilt = (d: Drawing, o: Operation): Operation => {
  const { r, cells, world } = d
  switch (o.op) {
    case 'set':
      return spoiltSet(d, o)
    case 'batch':
      return spoiltBatch(d, o)
    case 'get-dirty':
      return pick<() => Operation>(r, [
        () => ({ ...o, as: spaceWrong(d) }),
        () => ({ ...o, id: otherId(d) }),
        () => ({ ...o, ...(world.features.has('bad-pointer') ? { bitmap: 'bad' as const } : {}) }),
        () => ({ ...o, ...mishap(d) }),
      ])()
    case 'clear-dirty':
      return pick<() => Operation>(r, [
        () => ({ ...o, as: spaceWrong(d) }),
        () => ({ ...o, id: otherId(d) }),
        () => ({ ...o, first: u64(o.first + pick(r, [1n, 32n, 64n, 1n << 40n])) }),
        () => ({ ...o, count: o.count + pick(r, [1, 64, 0xffff]) }),
        () => ({ ...o, count: Math.max(0, o.count - 1) }),
        () => ({ ...o, ...(world.features.has('bad-pointer') ? { bitmap: 'bad' as const } : {}) }),
        () => ({ ...o, ...mishap(d) }),
        () => {
          const now = generationOf(cells, o.as)
          return world.features.has('generation')
            ? { ...o, generation: Math.max(0, now + pick(r, [1, 2, -1, -2, -now, 1000])) }
            : o
        },
      ])()
    case 'enable-cap':
      return chance(r, 0.3)
        ? { ...o, flags: pick(r, [1, 0x8000_0000]) }
        : { ...o, args: pick(r, [[u64(2)], [u64(4)], [u64(4097)], [u64(65536 * 32)], [u64(0)], []]) }
    case 'internal-slot':
      return chance(r, 0.2)
        ? { ...o, id: otherId(d) }
        : { ...o, ...dropFlags(spoiltRegion(d, { ...o, flags: 0 })) }
    case 'set-tss-addr':
      return { ...o, addr: u64(pick(r, [0xffffd001n, 1n << 40n, o.addr | 1n])) }
    case 'create-guest-memfd':
      return { ...o, size: u64(pick(r, [0n, 1n, 4097n, 1n << 63n])) }
    case 'set-vcpu':
      return chance(r, 0.5) ? { ...o, as: spaceWrong(d) } : { ...o, vcpu: 9 }
    case 'create-vcpu':
      return cells.vcpus.length === 0 ? o : { ...o, vcpu: pick(r, cells.vcpus).id }
    case 'lookup':
      return { ...o, as: spaceWrong(d) }
    case 'hva-range':
      return pick<() => Operation>(r, [
        () => ({ ...o, size: u64(0) }),
        () => ({ ...o, hva: u64(LAST_PAGE), size: u64(pick(r, [4096n, 4097n])) }),
        () => ({ ...o, hva: u64(o.hva | 1n), size: u64(o.size | 1n) }),
      ])()
    case 'host-protect':
      return {
        ...o,
        ...pick(r, [{ size: u64(0) }, { hva: u64(o.hva | 1n) }, { hva: u64(LAST_PAGE), size: u64(8192) }]),
      }
    case 'poke':
      return o
    case 'kernel-access':
      return { ...o, gfn: Math.min(pick(r, [world.params.maxGfn, LAST_FRAME, o.gfn + 1]), LAST_FRAME) }
    case 'registers':
      return spoiltRegisters(d, o)
    case 'fetch-instruction':
    case 'translate':
    case 'read-virtual':
    case 'write-virtual':
    case 'rmw-virtual':
      return elsewhere(d, o)
    case 'enter-smm':
    case 'rsm':
    case 'read':
    case 'fetch':
    case 'walk':
    case 'write':
    case 'rmw':
    case 'ad-update':
      return { ...o, vcpu: 9 }
  }
}

const dropFlags = ({ flags: _, ...rest }: Region): Omit<Region, 'flags'> => rest
