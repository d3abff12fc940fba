import { counted } from '../../../spec/terms/counted.js'
import { BLOCK, type Exhaustive } from './exhaustive.js'
import type { FrozenBlock } from './frozen-block.js'

/** What regenerating a family's blocks changes. */
export interface BlockDifference {
  /** Blocks that were not frozen before, that there are no more, and whose outcomes are others. */
  readonly appeared: readonly number[]
  readonly vanished: readonly number[]
  readonly changed: readonly {
    readonly block: number
    readonly before: FrozenBlock
    readonly after: FrozenBlock
  }[]
}

export const blockDifference = (
  before: readonly FrozenBlock[],
  after: readonly FrozenBlock[],
): BlockDifference => {
  const numbers = (from: number, to: number) =>
    Array.from({ length: Math.max(0, to - from) }, (_, i) => from + i)
  return {
    appeared: numbers(before.length, after.length),
    vanished: numbers(after.length, before.length),
    changed: after.flatMap((now, block) => {
      const was = before[block]
      return was === undefined || was.digest === now.digest ? [] : [{ block, before: was, after: now }]
    }),
  }
}

/** The name of a block in reports. */
export const nameOfBlock = ({ name }: Exhaustive, block: number): string => `${name}#${block}`

const counts = (before: FrozenBlock, after: FrozenBlock): readonly string[] => {
  const words = [...new Set([...Object.keys(before.outcomes), ...Object.keys(after.outcomes)])].sort()
  const changed = words.filter(word => before.outcomes[word] !== after.outcomes[word])
  return changed.length === 0
    ? ['      as many of each outcome: what they tell besides, or whose they are, is another']
    : changed.map(word => `      ${word}: ${before.outcomes[word] ?? 0} → ${after.outcomes[word] ?? 0}`)
}

const SHOWN = 10

/** The difference, for review: which blocks, between which cases, and how often each outcome occurs now. */
export const renderBlockDifference = (family: Exhaustive, difference: BlockDifference): string => {
  const { appeared, vanished, changed } = difference
  const range = (block: number) => {
    const last = Math.min(family.count, (block + 1) * BLOCK) - 1
    return `${family.at(block * BLOCK).id} to ${family.at(last).id}`
  }
  return [
    `${family.name}: ${counted(appeared.length, 'block')} new, ${vanished.length} gone, ${changed.length} changed`,
    ...changed
      .slice(0, SHOWN)
      .flatMap(({ block, before, after }) => [
        `  ~ ${nameOfBlock(family, block)}: ${range(block)}`,
        ...counts(before, after),
      ]),
    ...(changed.length > SHOWN ? [`  ~ … and ${changed.length - SHOWN} more`] : []),
  ].join('\n')
}
