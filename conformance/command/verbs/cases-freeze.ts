import { isLeft } from 'fp-ts/lib/Either.js'
import { printInputError } from '../../../oracle/wire/decode.js'
import { nameOfBlock, renderBlockDifference } from '../../cases/exhaustive/block-difference.js'
import { EXHAUSTIVE } from '../../cases/families.js'
import { familyNames, familyText } from '../../cases/freeze.js'
import { caseDifference, renderCaseDifference } from '../../reports/freeze/case-difference.js'
import type { FreezeReport } from '../../reports/freeze/codec.js'
import { frozenFile } from '../../suite/load.js'
import { refreeze } from '../freeze-blocks.js'
import { complain, type Io, say, sayJson, stopOf } from '../io.js'
import { progressOf } from '../progress.js'
import { EXIT, type ExitStatus } from '../status.js'
import { readIfThere, writeWhole } from '../write-whole.js'

export interface FreezeOptions {
  /** Tells the difference and writes nothing. */
  readonly check?: boolean
  readonly json?: boolean
}

const summary = (families: number, differing: number, check: boolean): string =>
  differing === 0
    ? `${families} families: frozen as the specification stands`
    : `${differing} of ${families} families ${check ? 'differ' : 'differed, and were rewritten,'} from the specification as it stands`

/** Regenerates the frozen cases from the specification as it stands, and prints what that changes, for review. */
export const casesFreeze = async (
  { check = false, json = false }: FreezeOptions,
  io: Io,
): Promise<ExitStatus> => {
  const families = familyNames()
  const all = families.length + EXHAUSTIVE.length
  const progress = await progressOf(io, 'cases freeze')
  const differing: FreezeReport['families'][number][] = []
  for (const [i, family] of families.entries()) {
    progress.at(i, all, family)
    await new Promise(resolve => setImmediate(resolve))
    if (stopOf(io).aborted) break
    const file = frozenFile(family)
    const before = await readIfThere(file)
    const after = familyText(family)
    if (before === after) continue
    const difference = caseDifference(before ?? '', after)
    differing.push({ family, ...difference, changed: difference.changed.map(({ id }) => id) })
    if (!check) {
      const written = await writeWhole(file, after)
      if (isLeft(written)) {
        progress.end()
        complain(io, printInputError(written.left))
        return EXIT.usage
      }
    }
    if (!json) say(io, renderCaseDifference(family, difference))
  }
  for (const [i, family] of EXHAUSTIVE.entries()) {
    progress.at(families.length + i, all, family.name)
    const refrozen = await refreeze(family, stopOf(io))
    if (refrozen === null) break
    const { difference, write } = refrozen
    if (difference === null) continue
    const named = (blocks: readonly number[]) => blocks.map(block => nameOfBlock(family, block))
    differing.push({
      family: family.name,
      appeared: named(difference.appeared),
      vanished: named(difference.vanished),
      changed: named(difference.changed.map(({ block }) => block)),
    })
    const written = check ? null : await write()
    if (written !== null && isLeft(written)) {
      progress.end()
      complain(io, printInputError(written.left))
      return EXIT.usage
    }
    if (!json) say(io, renderBlockDifference(family, difference))
  }
  progress.end()
  if (json)
    sayJson(io, {
      schema: 'memslot-freeze',
      version: 1,
      written: !check,
      families: differing,
    } satisfies FreezeReport)
  else say(io, summary(all, differing.length, check))
  return check && differing.length > 0 ? EXIT.deviation : EXIT.expected
}
