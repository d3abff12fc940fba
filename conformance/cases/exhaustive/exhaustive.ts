import type { Config } from '../../../oracle/wire/config.js'
import type { Operation } from '../../../spec/terms/operation.js'
import type { Draft } from '../draft/calls.js'

/** A case of an exhaustive family: what makes the machine, and what is asked of it. */
export interface Posed {
  readonly id: string
  readonly says: string
  readonly config: Config
  readonly setup: readonly Operation[]
  readonly ops: readonly Operation[]
}

/**
 * A family too large to be stored case by case. Its generator makes the cases again, so that only their number and
 * a digest of the outcomes of each block is frozen.
 */
export interface Exhaustive {
  /** Begins the id of every case. */
  readonly name: string
  readonly cites: readonly string[]
  readonly count: number
  /**
   * Case `i` of `0 .. count-1`. Cases with the same `config` and `setup` (the same objects) may be asked of one VM, one
   * after the other in any order: each puts in place whatever its answers depend on.
   */
  readonly at: (i: number) => Posed
  /** A family that is small enough to be run whole where of others a tenth is drawn. */
  readonly whole?: boolean
}

/** Cases a block has; the last may have fewer. */
export const BLOCK = 256

export const blocksIn = ({ count }: Exhaustive): number => Math.ceil(count / BLOCK)

/** The cases of a block. */
export const blockOf = ({ at, count }: Exhaustive, block: number): readonly Posed[] => {
  const first = block * BLOCK
  return Array.from({ length: Math.max(0, Math.min(BLOCK, count - first)) }, (_, i) => at(first + i))
}

/** A case as a program of its own. */
export const draftOf = ({ id, says, config, setup, ops }: Posed): Draft => ({
  id,
  says,
  config,
  ops: [...setup, ...ops],
})
