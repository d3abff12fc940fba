import { type Relation, type Rule, relation } from '../rewrite/index.js'
import type { Cells } from '../terms/cells.js'
import { ways } from './data/address.js'
import { invalidData } from './data/invalid.js'
import { pieces } from './data/pieces.js'
import { reachRules } from './data/reach.js'
import { atomicRules } from './fetch/atomic.js'
import { cachedRules } from './fetch/cached.js'
import { failureRules } from './fetch/failure.js'
import { invalidRules } from './fetch/invalid.js'
import { startRules } from './fetch/start.js'
import { waitingRules } from './fetch/waiting.js'
import { windowRules } from './fetch/window.js'
import { registerRules } from './registers/registers.js'
import { beginnings } from './walk/beginnings.js'
import { deliveryRules } from './walk/delivery.js'
import { entries } from './walk/entries.js'
import { faults } from './walk/faults.js'
import { accessed, rights } from './walk/rights.js'
import { tables } from './walk/tables.js'
import { topRules } from './walk/tops.js'

/** The way of an address, from registers to bytes: each rule makes one step of it. */
export const fetchPathRules: readonly Rule<Cells>[] = [
  ...registerRules,
  ...atomicRules,
  ...waitingRules,
  ...invalidRules,
  ...invalidData,
  ...cachedRules,
  ...startRules,
  ...windowRules,
  ...ways,
  ...reachRules,
  ...beginnings,
  ...topRules,
  ...tables,
  ...entries,
  ...rights,
  ...accessed,
  ...faults,
  ...deliveryRules,
  ...failureRules,
  ...pieces,
]

export const fetchPathRelation: Relation<Cells> = relation('fetch path', fetchPathRules, ['walk', 'at'])
