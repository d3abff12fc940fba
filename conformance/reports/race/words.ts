import { counted, nounFor } from '../../../spec/terms/counted.js'
import type { Cell, MarkedCell, Tone } from '../table.js'
import type { RaceKernel, RaceTrial } from './codec.js'

/** Who makes an access, in words. */
export const BY: Readonly<Record<RaceTrial['path'], string>> = {
  hardware: 'the processor',
  emulator: 'KVM’s emulator',
}

const number = (n: number): string => n.toLocaleString('en')

/** A share, which is 0 or 100 % only where it is. */
const share = (part: number, whole: number): string => {
  const percent = (100 * part) / Math.max(whole, 1)
  if (part > 0 && percent < 1) return '<1 %'
  return `${part < whole ? Math.min(99, Math.round(percent)) : 100} %`
}

const TONE: Readonly<Record<RaceTrial['verdict'], Tone | undefined>> = {
  seen: undefined,
  unseen: 'doubtful',
  never: 'good',
  deviation: 'bad',
  inconclusive: 'doubtful',
}

const textOf = ({ edits, disturbed, turns, outcomes, allowed, verdict }: RaceTrial): string => {
  const seen = Object.keys(outcomes).join(', ')
  switch (verdict) {
    case 'seen':
      return `${share(disturbed, edits)} ${seen}`
    case 'unseen':
      return `not seen in ${number(edits)}`
    case 'never':
      return `never in ${number(edits)}`
    case 'inconclusive':
      return turns === 0 ? 'the vCPU did not run' : `only ${number(edits)} tried`
    case 'deviation': {
      const outside = Object.keys(outcomes).filter(outcome => !allowed.includes(outcome))
      return `✗ ${share(disturbed, edits)} ${outside.join(', ')}`
    }
  }
}

/** A trial in a table: how many of the edits were seen, and as what. */
export const trialCell = (trial: RaceTrial | undefined): Cell => {
  if (trial === undefined) return ''
  const { allowed, outcomes, verdict } = trial
  const tone = TONE[verdict]
  const counts = Object.entries(outcomes).map(
    ([outcome, n]) => `${outcome} ${number(n)} ${nounFor(n, 'time')}`,
  )
  const title = [
    allowed.length === 0
      ? 'the explorer allows nothing but the access'
      : `the explorer allows ${allowed.join(', ')}`,
    ...counts,
  ].join('; ')
  const cell: MarkedCell = { text: textOf(trial), title }
  return tone === undefined ? cell : { ...cell, tone }
}

/** What a kernel is, in words. */
export const kernelWords = ({ target, kernel, arch, secondStage, cpus }: RaceKernel): string =>
  `${target}: Linux ${kernel}, ${arch}, ${secondStage === 'tdp' ? 'a second stage' : 'shadow paging'}, ${counted(cpus, 'processor')}`
