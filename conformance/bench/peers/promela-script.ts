import { match, P } from 'ts-pattern'
import type { PeerMicro, Tables } from './script-tables.js'

/** What the model calls each micro-step. */
export const OPS: Readonly<Record<PeerMicro['kind'], string>> = {
  'may-fail': 'MAY_FAIL',
  publish: 'PUBLISH',
  replay: 'REPLAY',
  drain: 'DRAIN',
  revoke: 'REVOKE',
  'await-turns': 'AWAIT_TURNS',
  carry: 'CARRY',
  retire: 'RETIRE',
  free: 'FREE',
  return: 'RETURN',
  fail: 'FAIL',
  goto: 'GOTO',
}

export const bitsOf = (numbers: readonly number[]): number => numbers.reduce((bits, n) => bits | (1 << n), 0)

/** How many bits are carried before a place of the script: the model has them in one array. */
export const carriesBefore = (script: readonly PeerMicro[], at: number): number =>
  script.slice(0, at).reduce((sum, micro) => sum + (micro.kind === 'carry' ? micro.carries.length : 0), 0)

/** The one number that a micro-step goes by. */
export const argument = (micro: PeerMicro, at: number, { setOf, script }: Tables): number =>
  match(micro)
    .with({ kind: P.union('publish', 'replay') }, ({ set }) => setOf(set))
    .with({ kind: P.union('may-fail', 'goto') }, ({ to }) => to)
    .with({ kind: 'revoke' }, ({ frames }) => bitsOf(frames))
    .with({ kind: P.union('retire', 'free') }, ({ log }) => log)
    .with({ kind: 'carry' }, () => carriesBefore(script, at))
    .with({ kind: P.union('drain', 'await-turns', 'return', 'fail') }, () => 0)
    .exhaustive()
