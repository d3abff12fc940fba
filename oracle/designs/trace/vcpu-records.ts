import { match } from 'ts-pattern'
import type { Access } from '../../../spec/terms/operation.js'
import type { Seen } from '../../../spec/terms/result.js'
import type { StepCells, StepVcpu } from '../../../spec/terms/steps/cells.js'
import { isWaiting } from '../../../spec/terms/steps/waits.js'
import type { Want } from '../../../spec/terms/steps/world.js'
import type { RunStep } from '../../explore/result.js'
import { frameIn, signOf } from './places.js'
import type { Recorder } from './recorder.js'

/** Writes go to another offset than the byte by which a read shows its host page. */
const WRITTEN = 8

/** An access to a frame of a search, as an operation. */
const accessOf = (vcpu: number, { kind }: Want, frame: number): Access => {
  const at = { vcpu, gfn: frameIn(frame) }
  return match(kind)
    .with('read', 'fetch', (op): Access => ({ op, ...at, offset: 0, size: 1 }))
    .with('write', 'rmw', (op): Access => ({ op, ...at, offset: WRITTEN, data: 'ff' }))
    .with('ad-update', (op): Access => ({ op, ...at, offset: WRITTEN, data: 'ff'.repeat(8) }))
    .exhaustive()
}

type Ended = Extract<Seen, { is: 'access' }>

/** How the access ended: with the byte of the host page that it held, as MMIO, or as at a hole. */
const endOf = ({ want, hold }: StepVcpu, rule: string): Ended => {
  const kind = want?.kind
  if (hold !== null)
    return kind === 'read' || kind === 'fetch'
      ? { is: 'access', end: 'data', data: signOf(hold.hva) }
      : { is: 'access', end: 'data' }
  if (kind === 'ad-update') return { is: 'access', end: rule === 'vcpu.hole' ? 'fault' : 'data' }
  return { is: 'access', end: kind === 'fetch' ? 'exit' : 'mmio' }
}

const OK = { is: 'ok' } as const
/** Thread 0 is the updater; each vCPU has its own. */
const tidOf = ({ id }: StepVcpu): number => id + 1

/**
 * The frames whose accesses begin now: all of an access that takes its translations together, otherwise the next
 * alone.
 */
const beginning = ({ want, next }: StepVcpu): readonly number[] =>
  want === null ? [] : want.together === true && next === 0 ? want.frames : want.frames.slice(next, next + 1)

/** Records the accesses and SMM switches of vCPUs, step by step. */
export const vcpuRecords = (to: Recorder) => {
  /** By vCPU: the numbers of accesses that have begun and not ended, in order of their frames. */
  const open = new Map<number, readonly number[]>()

  const begin = (v: StepVcpu): void => {
    const begun = beginning(v).map(frame =>
      to.begin(accessOf(v.id, v.want as NonNullable<StepVcpu['want']>, frame), tidOf(v)),
    )
    open.set(v.id, [...(open.get(v.id) ?? []), ...begun])
  }
  const end = (was: StepVcpu, rule: string): void => {
    const [first, ...rest] = open.get(was.id) ?? []
    if (first !== undefined) to.end(first, endOf(was, rule))
    open.set(was.id, rest)
  }
  const moved = (was: StepVcpu, now: StepVcpu, rule: string): void => {
    if (was.space !== now.space)
      to.whole({ op: now.space === 1 ? 'enter-smm' : 'rsm', vcpu: now.id }, tidOf(now), OK)
    if (rule === 'vcpu.abandon' || rule === 'vcpu.kernel-defers') {
      // What is given up, or put off, has no end.
      open.set(now.id, [])
      return
    }
    const goesOn = was.want === now.want
    if (was.want !== null && (!goesOn || now.next > was.next)) end(was, rule)
    const idle = (open.get(now.id) ?? []).length === 0
    if (now.want !== null && idle && (!goesOn || now.next !== was.next)) begin(now)
    const [waiting] = open.get(now.id) ?? []
    if (now.at === 'waiting' && !isWaiting(was) && waiting !== undefined) to.wait(waiting)
  }

  return (before: StepCells, { rule, cells }: RunStep<StepCells>): void => {
    for (const now of cells.vcpus) {
      const was = before.vcpus.find(v => v.id === now.id)
      if (was !== undefined && was !== now) moved(was, now, rule)
    }
  }
}
