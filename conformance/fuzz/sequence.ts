import { type Effect, effectsOf } from '../../oracle/effects.js'
import type { Config } from '../../oracle/wire/config.js'
import { between, chance, type Random, seeded } from '../../spec/generate/random.js'
import { type Cells, initialMachine } from '../../spec/terms/cells.js'
import type { Operation } from '../../spec/terms/operation.js'
import { canBeAsked } from './askable.js'
import type { Drawing } from './draw/drawing.js'
import { create } from './draw/set.js'
import { spoilt } from './draw/spoil.js'
import { drawMix, type Mix, someMaker } from './kinds.js'
import { drawWorld, type Stage } from './world.js'

/** What to ask of a fresh VM, and the effects that the specification allows. */
export interface Sequence {
  readonly config: Config
  readonly ops: readonly Operation[]
  /** Every effect allowed to each operation, after the first effects of those before it. */
  readonly effects: readonly (readonly Effect[])[]
  /** Operations that were drawn and could not be asked of this target. */
  readonly discarded: number
}

export interface SequenceOptions {
  readonly seed: number
  /** Share of operations that are made invalid, 0 to 1. */
  readonly invalid: number
  /** Operations of a sequence, on average. */
  readonly length: number
}

const TRIES = 12

const drawOperation = (d: Drawing, mix: Mix): Operation | null => {
  for (let tries = 0; tries < TRIES; tries++) {
    const made = someMaker(d.r, mix)(d)
    if (made !== null) return made
  }
  return create(d)
}

const spoiltOnceOrTwice = (d: Drawing, o: Operation): Operation => {
  const once = spoilt(d, o)
  return chance(d.r, 0.25) ? spoilt(d, once) : once
}

/** Sequence number `i` under a seed. The model is stepped as it grows, so that operations are about what there is. */
export const drawSequence = (stage: Stage, options: SequenceOptions, i: number): Sequence => {
  const r: Random = seeded(options.seed, i)
  const world = drawWorld(r, stage)
  const mix = drawMix(r, stage.offered)
  const length = between(r, Math.ceil(options.length / 2), Math.floor((options.length * 3) / 2))
  const coda = chance(r, 0.5) ? stage.offered.coda : []
  const ops: Operation[] = []
  const effects: (readonly Effect[])[] = []
  let cells: Cells = initialMachine(world.params)
  let discarded = 0

  const append = (d: Drawing, drawn: Operation | null): void => {
    if (drawn === null) return
    const o = chance(r, options.invalid) ? spoiltOnceOrTwice(d, drawn) : drawn
    if (!canBeAsked(stage, world.config, o)) {
      discarded++
      return
    }
    const allowed = effectsOf(cells, o)
    ops.push(o)
    effects.push(allowed)
    cells = allowed[0] === undefined ? cells : { ...allowed[0].cells, returned: null }
  }
  for (let n = 0; n < length; n++) {
    const d = { r, world, cells }
    append(d, drawOperation(d, mix))
  }
  for (const make of coda) {
    const d = { r, world, cells }
    append(d, make(d))
  }
  return { config: world.config, ops, effects, discarded }
}
