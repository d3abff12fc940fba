import { type Either, isLeft, right } from 'fp-ts/lib/Either.js'
import type { InputError } from '../../../oracle/wire/decode.js'
import { seeded, shuffled } from '../../../spec/generate/random.js'
import { BLOCK, blockOf, blocksIn, type Exhaustive, type Posed } from '../../cases/exhaustive/exhaustive.js'
import type { FrozenBlock } from '../../cases/exhaustive/frozen-block.js'
import { readFrozenBlocks } from '../../cases/exhaustive/frozen-file.js'
import { atOnce } from '../../give-way.js'
import { matches } from '../filter.js'

/** A block to be run, or some cases of it. */
export interface SelectedBlock {
  readonly family: Exhaustive
  readonly block: number
  readonly frozen: FrozenBlock
  /** Places in the block of the cases that are wanted; null: all of them. */
  readonly wanted: readonly number[] | null
}

export interface BlockSelection {
  readonly filter: readonly string[]
  /** One of so many blocks of each family, drawn by the seed; 1: every block. A filter that a case meets takes them all. */
  readonly oneOf: number
  readonly seed: number
}

/** Of a family that is run whole, blocks are drawn only where others have fewer than a tenth. */
const OF_WHOLE = 10

const drawn = (family: Exhaustive, nth: number, selection: BlockSelection): readonly number[] => {
  const { seed } = selection
  const oneOf = family.whole === true ? Math.ceil(selection.oneOf / OF_WHOLE) : selection.oneOf
  const all = Array.from({ length: blocksIn(family) }, (_, i) => i)
  if (oneOf === 1) return all
  const few = Math.ceil(all.length / oneOf)
  return shuffled(seeded(seed, nth), all)
    .slice(0, few)
    .toSorted((a, b) => a - b)
}

function* byName(
  family: Exhaustive,
  filter: readonly string[],
): Generator<void, ReadonlyMap<number, readonly number[]>> {
  const wanted = matches(filter)
  const found = new Map<number, number[]>()
  for (let i = 0; i < family.count; i++) {
    if (i % BLOCK === 0) yield
    if (!wanted(family.at(i).id)) continue
    const block = Math.floor(i / BLOCK)
    const places = found.get(block)
    if (places === undefined) found.set(block, [i % BLOCK])
    else places.push(i % BLOCK)
  }
  return found
}

const casesIn = ({ count }: Exhaustive, block: number): number => Math.min(BLOCK, count - block * BLOCK)

/** The blocks of the families that are to be run. */
export const selectBlocks = (
  families: readonly Exhaustive[],
  selection: BlockSelection,
  read: typeof readFrozenBlocks = readFrozenBlocks,
): Either<InputError, readonly SelectedBlock[]> => atOnce(selectingBlocks(families, selection, read))

/** The same, block by block. */
export function* selectingBlocks(
  families: readonly Exhaustive[],
  selection: BlockSelection,
  read: typeof readFrozenBlocks = readFrozenBlocks,
): Generator<void, Either<InputError, readonly SelectedBlock[]>> {
  const selected: SelectedBlock[] = []
  for (const [nth, family] of families.entries()) {
    const named = selection.filter.length === 0 ? null : yield* byName(family, selection.filter)
    const blocks = named === null ? drawn(family, nth, selection) : [...named.keys()]
    if (blocks.length === 0) continue
    const frozen = read(family)
    if (isLeft(frozen)) return frozen
    for (const block of blocks) {
      const places = named?.get(block) ?? null
      selected.push({
        family,
        block,
        frozen: frozen.right[block] as FrozenBlock, // as many are frozen as the family has
        wanted: places === null || places.length === casesIn(family, block) ? null : places,
      })
    }
  }
  return right(selected)
}

/** The cases of a block that are wanted. */
export const wantedCases = ({ family, block, wanted }: SelectedBlock): readonly Posed[] => {
  const cases = blockOf(family, block)
  return wanted === null ? cases : wanted.flatMap(place => cases[place] ?? [])
}

export const sizeOf = ({ family, block, wanted }: SelectedBlock): number =>
  wanted?.length ?? casesIn(family, block)
