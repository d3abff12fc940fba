import type { Access } from '../../../spec/terms/operation.js'
import type { Seen } from '../../../spec/terms/result.js'
import type { StepVcpu } from '../../../spec/terms/steps/cells.js'
import type { Want } from '../../../spec/terms/steps/world.js'
import { frameIn, signOf } from './places.js'

/** Bytes that are written lie apart from those by which a read knows its host page. */
const WRITTEN = 8

/** An access of a search as one of whole accesses. */
export const accessOf = (vcpu: number, { kind }: Want, frame: number): Access => {
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
export const endOf = ({ want, hold }: StepVcpu, rule: string): Ended => {
  const kind = want?.kind
  if (hold !== null)
    return kind === 'read' || kind === 'fetch'
      ? { is: 'access', end: 'data', data: signOf(hold.hva) }
      : { is: 'access', end: 'data' }
  if (kind === 'ad-update') return { is: 'access', end: rule === 'vcpu.hole' ? 'fault' : 'data' }
  return { is: 'access', end: kind === 'fetch' ? 'exit' : 'mmio' }
}
