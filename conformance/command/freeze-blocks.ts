import { type Either, isLeft, right } from 'fp-ts/lib/Either.js'
import type { InputError } from '../../oracle/wire/decode.js'
import { type BlockDifference, blockDifference } from '../cases/exhaustive/block-difference.js'
import type { Exhaustive } from '../cases/exhaustive/exhaustive.js'
import type { FrozenBlock } from '../cases/exhaustive/frozen-block.js'
import {
  freezeBlocks,
  frozenBlocksFile,
  frozenBlocksText,
  readFrozenText,
} from '../cases/exhaustive/frozen-file.js'
import { readIfThere, writeWhole } from './write-whole.js'

/** A family's file as it is and as it would be; null for the difference where it is the same. */
export interface Refrozen {
  readonly difference: BlockDifference | null
  /** Writes the file anew. */
  readonly write: () => Promise<Either<InputError, unknown>>
}

const breath = () => new Promise(resolve => setImmediate(resolve))

/** Regenerates the blocks of a family; null where that was interrupted. A file that cannot be read counts as none. */
export const refreeze = async (family: Exhaustive, stop: AbortSignal): Promise<Refrozen | null> => {
  const blocks: FrozenBlock[] = []
  for (const block of freezeBlocks(family)) {
    blocks.push(block)
    await breath()
    if (stop.aborted) return null
  }
  const file = frozenBlocksFile(family)
  const text = frozenBlocksText(family, blocks)
  const before = await readIfThere(file)
  const read =
    before === undefined || before === null ? right({ count: 0, blocks: [] }) : readFrozenText(before, file)
  const old = isLeft(read) ? [] : read.right.blocks
  return {
    difference: before === text ? null : blockDifference(old, blocks),
    write: () => writeWhole(file, text),
  }
}
