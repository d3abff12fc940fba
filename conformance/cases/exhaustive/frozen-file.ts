import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Either, isLeft, left, right } from 'fp-ts/lib/Either.js'
import { decodeJson, type InputError } from '../../../oracle/wire/decode.js'
import { counted } from '../../../spec/terms/counted.js'
import { gateText } from '../../gates.js'
import { packageRoot } from '../../package-root.js'
import { frozenBlockOf } from './allowed-block.js'
import { BLOCK, blockOf, blocksIn, type Exhaustive } from './exhaustive.js'
import { type FrozenBlock, FrozenBlockCodec, FrozenHeadCodec } from './frozen-block.js'

const nameOf = ({ name }: Exhaustive): string => `${name.replaceAll('/', '-')}.blocks.ndjson`

/** Where the outcomes of a family are frozen. */
export const frozenBlocksFile = (family: Exhaustive): string =>
  join(packageRoot(), 'conformance', 'cases', 'frozen', nameOf(family))

/** A family's file: its name and count, then one block a line. */
export const frozenBlocksText = (family: Exhaustive, blocks: readonly FrozenBlock[]): string =>
  [
    JSON.stringify(FrozenHeadCodec.encode({ family: family.name, count: family.count, block: BLOCK })),
    ...blocks.map(block => JSON.stringify(FrozenBlockCodec.encode(block))),
    '',
  ].join('\n')

/** The blocks of a family as the specification stands now, one at a time. */
export const freezeBlocks = function* (family: Exhaustive): Generator<FrozenBlock> {
  for (let i = 0; i < blocksIn(family); i++) yield frozenBlockOf(blockOf(family, i))
}

/** The blocks of a file. */
export const readFrozenText = (
  text: string,
  file: string,
): Either<InputError, { readonly count: number; readonly blocks: readonly FrozenBlock[] }> => {
  const [first = '', ...rest] = text.split('\n')
  const head = decodeJson(FrozenHeadCodec, first, { file, line: 1 })
  if (isLeft(head)) return head
  const blocks: FrozenBlock[] = []
  for (const [i, line] of rest.entries()) {
    if (line === '') continue
    const block = decodeJson(FrozenBlockCodec, line, { file, line: i + 2 })
    if (isLeft(block)) return block
    blocks.push(block.right)
  }
  return right({ count: head.right.count, blocks })
}

const textOf = (file: string): string | null => {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return null // a file that cannot be read counts as absent
  }
}

/** What is frozen of a family; it must be all of what its generator makes. */
export const readFrozenBlocks = (family: Exhaustive): Either<InputError, readonly FrozenBlock[]> => {
  const file = nameOf(family)
  const text = textOf(frozenBlocksFile(family))
  if (text === null)
    return left({
      file,
      line: null,
      path: '',
      found: 'no file',
      expected: `the frozen blocks of the family (${gateText('frozen blocks', 'there are none yet', family.name)})`,
    })
  const read = readFrozenText(text, file)
  if (isLeft(read)) return read
  const { count, blocks } = read.right
  if (count === family.count && blocks.length === blocksIn(family)) return right(blocks)
  return left({
    file,
    line: null,
    path: '',
    found: `${counted(count, 'case')} in ${counted(blocks.length, 'block')}`,
    expected: `${counted(family.count, 'case')} in ${counted(blocksIn(family), 'block')}, as the generator makes them (${gateText('frozen blocks', 'the file is stale', family.name)})`,
  })
}
