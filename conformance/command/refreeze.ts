import { type Either, isLeft, right } from 'fp-ts/lib/Either.js'
import type { InputError } from '../../oracle/wire/decode.js'
import { blockDifference, nameOfBlock, renderBlockDifference } from '../cases/exhaustive/block-difference.js'
import type { Exhaustive } from '../cases/exhaustive/exhaustive.js'
import type { FrozenBlock } from '../cases/exhaustive/frozen-block.js'
import {
  freezeBlocks,
  frozenBlocksFile,
  frozenBlocksText,
  readFrozenText,
} from '../cases/exhaustive/frozen-file.js'
import { EXHAUSTIVE } from '../cases/families.js'
import { familyNames, makingFamilyText } from '../cases/freeze.js'
import { giveWay, stepwise } from '../give-way.js'
import { caseDifference, renderCaseDifference } from '../reports/freeze/case-difference.js'
import type { FreezeReport } from '../reports/freeze/codec.js'
import { frozenFile } from '../suite/load.js'
import { readIfThere, writeWhole } from './write-whole.js'

/** What freezing a family anew changes, by the names of its cases or blocks. */
export interface Refrozen {
  readonly changes: Omit<FreezeReport['families'][number], 'family'>
  /** The same for a reviewer, with outcomes. */
  readonly text: string
  /** Writes the family's file anew. */
  readonly write: () => Promise<Either<InputError, unknown>>
}

/** A family whose allowed outcomes are kept in a file. */
export interface FrozenFamily {
  readonly name: string
  /** Freezes it as the specification stands; null where its file says that already, or where it was interrupted. */
  readonly refreeze: (stop: AbortSignal) => Promise<Refrozen | null>
}

const refreezeCases = async (family: string, stop: AbortSignal): Promise<Refrozen | null> => {
  const file = frozenFile(family)
  const before = await readIfThere(file)
  const after = await stepwise(makingFamilyText(family), stop)
  if (after === null || before === after) return null
  const difference = caseDifference(before ?? '', after)
  return {
    changes: { ...difference, changed: difference.changed.map(({ id }) => id) },
    text: renderCaseDifference(family, difference),
    write: () => writeWhole(file, after),
  }
}

/** A file that cannot be read counts as one without blocks. */
const refreezeBlocks = async (family: Exhaustive, stop: AbortSignal): Promise<Refrozen | null> => {
  const blocks: FrozenBlock[] = []
  for (const block of freezeBlocks(family)) {
    blocks.push(block)
    await giveWay()
    if (stop.aborted) return null
  }
  const file = frozenBlocksFile(family)
  const before = await readIfThere(file)
  const after = frozenBlocksText(family, blocks)
  if (before === after) return null
  const read = before === null ? right({ blocks: [] }) : readFrozenText(before, file)
  const difference = blockDifference(isLeft(read) ? [] : read.right.blocks, blocks)
  const named = (numbers: readonly number[]) => numbers.map(block => nameOfBlock(family, block))
  return {
    changes: {
      appeared: named(difference.appeared),
      vanished: named(difference.vanished),
      changed: named(difference.changed.map(({ block }) => block)),
    },
    text: renderBlockDifference(family, difference),
    write: () => writeWhole(file, after),
  }
}

/** Every family that is frozen: those kept case by case, then those of which digests are kept. */
export const frozenFamilies: readonly FrozenFamily[] = [
  ...familyNames().map(name => ({ name, refreeze: (stop: AbortSignal) => refreezeCases(name, stop) })),
  ...EXHAUSTIVE.map(family => ({
    name: family.name,
    refreeze: (stop: AbortSignal) => refreezeBlocks(family, stop),
  })),
]
