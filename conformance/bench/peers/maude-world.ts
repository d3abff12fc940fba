import { match, P } from 'ts-pattern'
import type { StepSet, StepSlot } from '../../../spec/terms/steps/slots.js'
import type { Want, World } from '../../../spec/terms/steps/world.js'
import { type PeerMicro, peerKind, tablesOf } from './script-tables.js'

const bitsOf = (numbers: readonly number[]): number => numbers.reduce((bits, n) => bits | (1 << n), 0)
const listOf = (items: readonly string[], nothing: string, by = ' '): string =>
  items.length === 0 ? nothing : items.join(by)

const slotTerm = ({ base, npages, hva, ro, log, state }: StepSlot): string =>
  `slot(${base}, ${npages}, ${hva}, ${ro}, ${log}, ${state === 'invalid'})`
const setTerm = ({ slots, blocked, noWrites }: StepSet): string =>
  `set(${listOf(slots.map(slotTerm), 'nothing')}, ${bitsOf(blocked)}, ${bitsOf(noWrites)})`
const wantTerm = (want: Want): string => `acc(${peerKind(want)}, nil, ${want.frames.join(' ')})`

type Script = readonly PeerMicro[]

const microTerm = (script: Script, micro: PeerMicro): string =>
  match(micro)
    .with({ kind: 'may-fail' }, ({ to }) => `mayFail(${scriptTerm(script, to)})`)
    .with({ kind: 'goto' }, ({ to }) => `goto(${scriptTerm(script, to)})`)
    .with({ kind: 'await-turns' }, () => 'awaitTurns')
    .with({ kind: P.union('publish', 'replay') }, ({ kind, set }) => `${kind}(${setTerm(set)})`)
    .with(
      { kind: 'revoke' },
      ({ writes, frames }) => `${writes ? 'revokeWrites' : 'revoke'}(${bitsOf(frames)})`,
    )
    .with({ kind: 'retire' }, ({ log, pages }) => `retire(${log}, ${bitsOf(pages)})`)
    .with({ kind: 'free' }, ({ log }) => `free(${log})`)
    .with({ kind: 'carry' }, ({ carries }) => {
      const bits = carries.map(({ from, page, to, at }) => `bit(${from}, ${page}, ${to}, ${at})`)
      return `carry(${listOf(bits, 'settled')})`
    })
    .with({ kind: P.union('drain', 'return', 'fail') }, ({ kind }) => kind)
    .exhaustive()

/** The script from a place on, up to where it ends or goes on elsewhere: the model has no places, only what is left. */
function scriptTerm(script: Script, from: number): string {
  const leaves = script.findIndex((micro, i) => i >= from && (micro.kind === 'fail' || micro.kind === 'goto'))
  return script
    .slice(from, leaves < 0 ? script.length : leaves + 1)
    .map(micro => microTerm(script, micro))
    .join(' ')
}

/** The data of a world for `memslots.maude`, which loads it as world.maude. */
export const maudeWorld = (world: World): string => {
  const { sets, script } = tablesOf(world)
  const [first] = sets
  if (first === undefined) throw new Error('a world without sets') // the first is the one it begins with
  const logs = Array.from({ length: world.logs }, (_, i) => `log(${i}, 0, 0)`)
  return [
    'fmod WORLD-DATA is',
    '  protecting TERMS .',
    '  op first : -> SetOfSlots .',
    `  eq first = ${setTerm(first)} .`,
    '  op script : -> Script .',
    `  eq script = ${scriptTerm(script, world.start)} .`,
    '  op menu : -> Menu .',
    `  eq menu = ${listOf(world.menu.map(wantTerm), 'none', ' ; ')} .`,
    '  op bitmaps : -> Logs .',
    `  eq bitmaps = ${listOf(logs, 'no-logs')} .`,
    'endfm',
    '',
  ].join('\n')
}
