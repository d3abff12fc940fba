export {
  type Brief,
  batchOf,
  briefOf,
  deleteOf,
  entryOf,
  machineAfter,
  machineOf,
  pages,
  setOf,
  slotOf,
  spaceOf,
  type Taken,
  take,
} from './by-hand.js'
export { machineWith, pagesWithin, type Shape, SLOT_LIMIT, spaceWithin } from './machine.js'
export { KINDS, makers, operationOn } from './operation.js'
export { below, between, chance, pick, type Random, seeded, shuffled, some } from './random.js'
export { toward } from './toward.js'
export { faultsOf } from './well-formed.js'
