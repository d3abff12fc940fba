import { setOf } from '../../spec/generate/index.js'
import type { Operation } from '../../spec/terms/operation.js'
import type { Seen } from '../../spec/terms/result.js'
import { whole } from '../generate/records.js'

/** A logged slot of four pages, two vCPUs, and what is asked and answered of them. */
export const SET = setOf([0, 0, 4, 16, 'L'])
export const VCPU: Operation = { op: 'create-vcpu', vcpu: 0 }
export const GET: Operation = { op: 'get-dirty', as: 0, id: 0 }
export const write = (gfn: number, bytes = '77', vcpu = 0): Operation => ({
  op: 'write',
  vcpu,
  gfn,
  offset: 0,
  data: bytes,
})
export const read = (gfn: number, vcpu = 1): Operation => ({ op: 'read', vcpu, gfn, offset: 0, size: 1 })

export const OK: Seen = { is: 'ok' }
export const bits = (...pages: readonly number[]): Seen => ({
  is: 'ok',
  bits: pages.map(page => [page, 1] as const),
})
export const wrote: Seen = { is: 'access', end: 'data' }
export const data = (bytes: string): Seen => ({ is: 'access', end: 'data', data: bytes })

/** The records by which slot `set` and the vCPUs are made. */
export const settledWith = (set: Operation) => [
  ...whole(90, set, OK),
  ...whole(91, VCPU, OK),
  ...whole(92, { ...VCPU, vcpu: 1 }, OK),
]
export const SETTLED = settledWith(SET)
