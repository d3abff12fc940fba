import type { Case } from '../../cases/case.js'
import { giveWay } from '../../give-way.js'
import type { CaseDeviation } from '../../reports/conform/codec.js'
import type { StopSignal } from '../../targets/stop-signal.js'
import { faultOf } from '../deviation.js'
import { inLanes } from '../in-lanes.js'
import type { Explaining } from '../judge-case.js'
import { type Ask, askable } from './ask-block.js'
import { type BlockRun, type BlockVerdict, runBlock } from './run-block.js'
import { type SelectedBlock, sizeOf, wantedCases } from './select.js'

export interface BlocksVerdict {
  readonly judged: number
  readonly deviations: readonly CaseDeviation[]
  readonly skips: readonly { readonly reason: string; readonly id: string }[]
  /** Judged cases to measure coverage by: all of them, or every n-th where there are many. */
  readonly sample: readonly Case[]
}

export interface BlocksRun extends Omit<BlockRun, 'explaining' | 'ask'> {
  /** One for each lane. */
  readonly asks: readonly Ask[]
  readonly stop: StopSignal
  readonly onProgress: (done: number, failed: number) => void
}

/** Deviations of a family that are explained; of the others only the case is named. */
const MAX_EXPLAINED = 32

/** Cases that coverage is measured by, at most. */
const MAX_SAMPLED = 20_000

/** A block whose answers could not be judged. It costs these cases, and not the run. */
const unjudged = (block: SelectedBlock, target: string, error: unknown): BlockVerdict => {
  const judged = wantedCases(block).map(askable)
  const fault = `its answers could not be judged: ${String(error)}`
  return { judged, deviations: judged.map(one => faultOf(one, target, [], fault)), skips: [] }
}

/** Runs blocks, in each lane one after the other. What was judged before an interruption counts; a block cut short does not. */
export const runBlocks = async (blocks: readonly SelectedBlock[], run: BlocksRun): Promise<BlocksVerdict> => {
  const total = blocks.reduce((sum, block) => sum + sizeOf(block), 0)
  const stride = Math.ceil(total / MAX_SAMPLED)
  const deviations: CaseDeviation[] = []
  const skips: { readonly reason: string; readonly id: string }[] = []
  const sample: Case[] = []
  const explaining = new Map<string, Explaining>()
  let done = 0
  let failed = 0
  const verdicts = await inLanes(run.asks, blocks, async (block, ask): Promise<BlockVerdict | null> => {
    await giveWay()
    if (run.stop.aborted) return null
    run.onProgress(done, failed)
    const { name } = block.family
    const ofFamily = explaining.get(name) ?? { left: MAX_EXPLAINED }
    explaining.set(name, ofFamily)
    const verdict = await runBlock(block, { ...run, ask, explaining: ofFamily }).catch(
      (error: unknown): BlockVerdict => unjudged(block, run.hello.name, error),
    )
    if (run.stop.aborted) return null
    done += sizeOf(block)
    failed += verdict.deviations.length
    return verdict
  })
  let judged = 0
  for (const verdict of verdicts) {
    for (const one of verdict.judged) if (judged++ % stride === 0) sample.push(one)
    deviations.push(...verdict.deviations)
    skips.push(...verdict.skips)
  }
  return { judged, deviations, skips, sample }
}
