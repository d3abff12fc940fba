import { explore } from '../../../oracle/explore/explore.js'
import type { Result } from '../../../oracle/explore/result.js'
import type { Scope } from '../../../spec/designs/world.js'
import type { StepCells } from '../../../spec/terms/steps/cells.js'
import type { World } from '../../../spec/terms/steps/world.js'
import { bareSystem } from './scopes.js'

/** Every state of a world by the rules themselves, without properties and without reduction. */
export const exploreBare = (world: World, scope: Scope): Result<StepCells> =>
  explore(bareSystem(world, scope), { safety: [], liveness: [], reduce: false })
