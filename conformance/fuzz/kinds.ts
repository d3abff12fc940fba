import { below, chance, pick, type Random } from '../../spec/generate/random.js'
import type { Operation } from '../../spec/terms/operation.js'
import type { Feature } from '../targets/features.js'
import * as access from './draw/access.js'
import * as amid from './draw/amid.js'
import * as batch from './draw/batch.js'
import type { Maker } from './draw/drawing.js'
import * as log from './draw/log.js'
import { loadRegisters } from './draw/registers.js'
import * as rest from './draw/rest.js'
import * as set from './draw/set.js'
import { patchSaved, smi } from './draw/smi.js'
import { tableEntry } from './draw/tables.js'
import * as virtual from './draw/virtual.js'

export interface Kind {
  readonly needs: readonly Feature[]
  /** How often it is drawn beside the others. */
  readonly weight: number
  readonly make: Maker<Operation>
}

/** What a sequence may be made of. Each sequence draws from a part of these: what is left out makes room for the rest. */
const KINDS: readonly Kind[] = [
  { needs: ['set'], weight: 5, make: set.create },
  { needs: ['set'], weight: 2, make: set.remove },
  { needs: ['set'], weight: 3, make: set.move },
  { needs: ['set'], weight: 2, make: set.reflag },
  { needs: ['set'], weight: 2, make: set.again },
  { needs: ['gmem'], weight: 4, make: set.createMemfd },
  { needs: ['gmem'], weight: 6, make: set.bind },
  { needs: ['batch'], weight: 5, make: batch.named },
  { needs: ['batch'], weight: 6, make: batch.replace },
  { needs: ['batch'], weight: 1, make: batch.clearOut },
  { needs: ['dirty-log'], weight: 4, make: log.get },
  { needs: ['dirty-log'], weight: 4, make: log.clear },
  { needs: ['dirty-log'], weight: 1, make: log.protect },
  { needs: ['vcpu'], weight: 6, make: access.write },
  { needs: ['vcpu'], weight: 3, make: access.read },
  { needs: ['vcpu'], weight: 3, make: access.rmw },
  { needs: ['vcpu'], weight: 2, make: access.fetch },
  { needs: ['vcpu', 'walk'], weight: 1, make: access.walk },
  { needs: ['vcpu', 'walk'], weight: 1, make: access.adUpdate },
  { needs: ['kernel-access'], weight: 2, make: access.kernelAccess },
  { needs: ['vcpu'], weight: 1, make: access.createVcpu },
  { needs: ['vcpu', 'smm'], weight: 1, make: rest.setVcpu },
  { needs: ['vcpu', 'smm'], weight: 1, make: rest.smm },
  { needs: ['vcpu', 'smm', 'fetch-path'], weight: 4, make: smi },
  { needs: ['vcpu', 'smm', 'fetch-path', 'poke'], weight: 5, make: patchSaved },
  { needs: ['lookup'], weight: 2, make: rest.lookup },
  { needs: ['hva-range'], weight: 1, make: rest.hvaRange },
  { needs: ['hva-range'], weight: 1, make: rest.everything },
  { needs: ['poke'], weight: 1, make: rest.poke },
  { needs: ['host-protect'], weight: 3, make: rest.hostProtect },
  { needs: ['internal'], weight: 1, make: rest.internalSlot },
  { needs: ['internal'], weight: 1, make: rest.setTssAddr },
  { needs: ['vcpu', 'fetch-path'], weight: 1, make: loadRegisters },
  { needs: ['vcpu', 'fetch-path', 'poke', 'kernel-access'], weight: 6, make: tableEntry },
  { needs: ['vcpu', 'fetch-path'], weight: 3, make: virtual.fetchInstruction },
  { needs: ['vcpu', 'fetch-path', 'hardware-fetch'], weight: 1, make: virtual.fetchByHardware },
  { needs: ['vcpu', 'lookup-points'], weight: 2, make: amid.byFrame },
  { needs: ['vcpu', 'walk', 'lookup-points'], weight: 1, make: amid.ofTable },
  { needs: ['kernel-access', 'lookup-points'], weight: 1, make: amid.ofKernel },
  { needs: ['vcpu', 'fetch-path', 'lookup-points'], weight: 3, make: amid.byAddress },
  { needs: ['vcpu', 'fetch-path', 'hardware-fetch', 'lookup-points'], weight: 1, make: amid.fetchByHardware },
  { needs: ['vcpu', 'fetch-path'], weight: 1, make: virtual.translate },
  { needs: ['vcpu', 'fetch-path'], weight: 1, make: virtual.readVirtual },
  { needs: ['vcpu', 'fetch-path'], weight: 2, make: virtual.writeVirtual },
  { needs: ['vcpu', 'fetch-path', 'mmio'], weight: 2, make: virtual.rmwVirtual },
  { needs: ['vcpu', 'fetch-path', 'mmio', 'lookup-points'], weight: 1, make: amid.ofExchange },
]

/** A VM with a ring has no dirty logs any more, so few sequences have one. */
const RING: Kind = { needs: ['dirty-log', 'dirty-ring'], weight: 3, make: log.ring }

/** Queries at the end, which show wrong state that no answer has shown yet: every slot, and some logs. */
const CODA: readonly Kind[] = [
  { needs: ['hva-range'], weight: 1, make: rest.everything },
  { needs: ['dirty-log'], weight: 1, make: log.get },
  { needs: ['dirty-log'], weight: 1, make: log.get },
  { needs: ['dirty-log'], weight: 1, make: log.get },
]

const isOffered =
  (features: ReadonlySet<Feature>) =>
  ({ needs }: Kind): boolean =>
    needs.every(need => features.has(need))

/** The kinds a target with these features can be asked. */
export const offeredKinds = (features: ReadonlySet<Feature>): Offered => ({
  kinds: KINDS.filter(isOffered(features)),
  rings: [RING].filter(isOffered(features)),
  coda: CODA.filter(isOffered(features)).map(kind => kind.make),
})
export interface Offered {
  readonly kinds: readonly Kind[]
  readonly rings: readonly Kind[]
  readonly coda: readonly Maker<Operation>[]
}

/** Makers with the sum of the weights up to each: a number below the last sum names one. */
export interface Mix {
  readonly makers: readonly Maker<Operation>[]
  readonly sums: readonly number[]
}

/** What one sequence is made of: a part of what is offered, always with slots, and in other proportions each time. */
export const drawMix = (r: Random, { kinds, rings }: Offered): Mix => {
  const some = kinds.filter((_, i) => i === 0 || chance(r, 0.6))
  const chosen = chance(r, 0.06) ? [...some, ...rings] : some
  let sum = 0
  const sums = chosen.map(({ weight }) => {
    sum += weight * pick(r, FACTORS)
    return sum
  })
  return { makers: chosen.map(kind => kind.make), sums }
}
const FACTORS = [1, 1, 2] as const

/** A maker, each as often as its weight. */
export const someMaker = (r: Random, { makers, sums }: Mix): Maker<Operation> => {
  const at = below(r, sums.at(-1) ?? 0)
  return makers[sums.findIndex(sum => at < sum)] as Maker<Operation> // some sum is greater: the last one is
}
