import { match, P } from 'ts-pattern'
import { stepRules } from '../../../spec/rules/steps/relation.js'
import type { StepCells, StepVcpu } from '../../../spec/terms/steps/cells.js'
import type { Micro } from '../../../spec/terms/steps/script.js'
import type { RunStep } from '../../explore/result.js'
import { printFrames } from './set.js'
import { printBits } from './why.js'

const sentences = new Map(stepRules.map(rule => [rule.id, rule.says]))
const frames = (list: readonly number[]): string =>
  list.length === 1 ? `frame ${list[0]}` : `frames ${list.join(', ')}`

/** What the updater does, as one sentence; null where the rule's own sentence says as much. */
const updaterDoes = (rule: string, micro: Micro, { world, updater, logs }: StepCells): string | null =>
  match(micro)
    .with(
      { kind: 'publish' },
      ({ set, space }) => `PUBLISHES ${printFrames(set, space === 0 ? world.frames : 0)}`,
    )
    .with(
      { kind: 'revoke' },
      ({ frames: revoked, writes }) =>
        `revokes cached translations of ${frames(revoked)}${writes ? ', for writes only' : ''}`,
    )
    .with({ kind: 'hold' }, ({ held }) =>
      held === null
        ? 'lets accesses go on'
        : held.kind === 'gate'
          ? 'shuts the gate: no read side begins'
          : `has faults at ${frames(held.frames)} retried`,
    )
    .with({ kind: 'drain' }, () => 'has waited for every access that held an older set')
    .with({ kind: 'replay' }, () => 'edits the inactive set to match')
    .with({ kind: 'may-fail' }, () =>
      rule === 'update.fails' ? 'FAILS: an allocation or a check' : 'begins a call: nothing fails yet',
    )
    .with(
      { kind: 'carry' },
      ({ carries }) =>
        `carries bits ${carries.map(c => `of host page ${c.page} from bitmap ${c.from} to ${c.to}`).join(', ')}`,
    )
    .with({ kind: 'retire' }, ({ log }) => `hands the caller bitmap ${log}: ${printBits(logs[log] ?? 0)}`)
    .with(
      { kind: 'free' },
      ({ log }) => `frees bitmap ${log}, which has ${printBits(Math.max(0, logs[log] ?? 0))}`,
    )
    .with(
      { kind: 'get-log' },
      ({ log }) => `fetches bitmap ${log}, which has ${printBits(Math.max(0, logs[log] ?? 0))}`,
    )
    .with({ kind: 'return' }, () => 'returns from a call')
    .with({ kind: 'goto' }, () =>
      world.script[updater.pc - 1]?.kind === 'return' ? 'turns to the next update' : null,
    )
    .with(
      { kind: P.union('may-corrupt', 'await-turns', 'flush', 'pause', 'resume', 'fail', 'abort') },
      () => null,
    )
    .exhaustive()

/** How an update ended. */
export const ENDED: Readonly<Record<StepCells['updater']['ended'], string>> = {
  no: 'the update goes on',
  returned: 'the update has returned',
  failed: 'the update has failed',
  unspecified: 'kernel state is corrupt',
  aborted: 'the VMM has ended',
}

const pageOf = (v: StepVcpu): string => (v.hold === null ? 'memory' : `host page ${v.hold.hva}`)

/** What a vCPU does, as one sentence; null where the rule's own sentence says as much. */
const vcpuDoes = (rule: string, was: StepVcpu, now: StepVcpu): string | null => {
  const want = now.want ?? was.want
  const frame = was.want?.frames[was.next] ?? now.want?.frames[0] ?? 0
  return match(rule)
    .with(
      'vcpu.begin',
      () =>
        `begins ${want?.kernel !== undefined ? 'the kernel’s own' : want?.emulated === true ? 'an emulated' : 'a'} ${want?.kind} of ${frames(want?.frames ?? [])}`,
    )
    .with('vcpu.hit', () => `frame ${frame} is cached: ${pageOf(now)}`)
    .with('vcpu.shadow-hit', () => `is served by what an earlier walk derived: ${pageOf(now)}`)
    .with('vcpu.obtain', () => `looks up frame ${frame}: ${pageOf(now)}`)
    .with('vcpu.hole', () => `looks up frame ${frame}: A HOLE`)
    .with('vcpu.invalid-hole', () => `looks up frame ${frame}: A HOLE (the slot is INVALID)`)
    .with('vcpu.mmio', () => `looks up frame ${frame}: read-only, so an exit to a device`)
    .with('vcpu.data', () => `takes the bytes of frame ${frame} from ${pageOf(was)}`)
    .with('vcpu.store', () => `stores to frame ${frame} in ${pageOf(was)}`)
    .with('vcpu.mark', () => {
      const log = was.hold?.log ?? -1
      return log < 0
        ? 'ends its write, to a page that is not logged'
        : `marks ${pageOf(was)} in bitmap ${log}`
    })
    .with('vcpu.retry', () => `looks at frame ${frame} again`)
    .otherwise(() => (now.at === 'waiting' ? `WAITS for frame ${frame}: ${sentences.get(rule) ?? ''}` : null))
}

/** A step as one sentence: what its actor does, with the frames and host pages it concerns. */
export const printStep = (before: StepCells, { rule, cells }: RunStep<StepCells>): string => {
  const { self } = cells
  const fallback = sentences.get(rule) ?? rule
  if (self.kind === 'vcpu') {
    const [was, now] = [before.vcpus, cells.vcpus].map(all => all.find(v => v.id === self.id))
    return (was && now && vcpuDoes(rule, was, now)) ?? fallback
  }
  if (self.kind === 'updater') {
    const micro = before.world.script[before.updater.pc]
    const did = micro === undefined ? fallback : (updaterDoes(rule, micro, before) ?? fallback)
    return cells.updater.ended === before.updater.ended
      ? did
      : `${did} — ${ENDED[cells.updater.ended].toUpperCase()}`
  }
  const taken = before.logs.flatMap((was, log) =>
    cells.logs[log] === was ? [] : [`bitmap ${log}: ${printBits(was)}`],
  )
  return `harvests ${taken.length === 0 ? 'nothing' : taken.join(', ')}`
}
