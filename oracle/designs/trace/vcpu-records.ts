import type { Access } from '../../../spec/terms/operation.js'
import type { Seen } from '../../../spec/terms/result.js'
import type { StepCells, StepVcpu } from '../../../spec/terms/steps/cells.js'
import type { Want } from '../../../spec/terms/steps/world.js'
import type { RunStep } from '../../explore/result.js'
import { frameIn, signOf } from './places.js'
import type { Recorder } from './recorder.js'

/** Bytes that are written lie apart from those by which a read knows its host page. */
const WRITTEN = 8

/** An access of a search as one of whole accesses. */
const accessOf = (vcpu: number, { kind }: Want, frame: number): Access => {
  const at = { vcpu, gfn: frameIn(frame) }
  switch (kind) {
    case 'read':
    case 'fetch':
      return { op: kind, ...at, offset: 0, size: 1 }
    case 'write':
    case 'rmw':
      return { op: kind, ...at, offset: WRITTEN, data: 'ff' }
    case 'ad-update':
      return { op: kind, ...at, offset: WRITTEN, data: 'ff'.repeat(8) }
  }
}

type Ended = Extract<Seen, { is: 'access' }>

/** How the access at the frame ended: with the byte of the host page that it held, as a device, or as a hole. */
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
/** Threads: the updater is 0, vCPUs follow. */
const tidOf = ({ id }: StepVcpu): number => id + 1

/** Frames that begin at once: all of an access that takes its translations together, otherwise the next one alone. */
const beginning = ({ want, next }: StepVcpu): readonly number[] =>
  want === null ? [] : want.together === true && next === 0 ? want.frames : want.frames.slice(next, next + 1)

/** Writes down what vCPUs begin and end, step by step. */
export const vcpuRecords = (to: Recorder) => {
  /** Numbers of accesses begun and not ended, by vCPU, in order of their frames. */
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
    const goesOn = was.want === now.want
    if (was.want !== null && (!goesOn || now.next > was.next)) end(was, rule)
    const idle = (open.get(now.id) ?? []).length === 0
    if (now.want !== null && idle && (!goesOn || now.next !== was.next)) begin(now)
    const [waiting] = open.get(now.id) ?? []
    if (now.at === 'waiting' && was.at !== 'waiting' && waiting !== undefined) to.wait(waiting)
  }

  return (before: StepCells, { rule, cells }: RunStep<StepCells>): void => {
    for (const now of cells.vcpus) {
      const was = before.vcpus.find(v => v.id === now.id)
      if (was !== undefined && was !== now) moved(was, now, rule)
    }
  }
}
