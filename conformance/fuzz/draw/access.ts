import { below, chance, pick } from '../../../spec/generate/random.js'
import type { Vcpu } from '../../../spec/terms/cells.js'
import type { Bytes } from '../../../spec/terms/memory.js'
import type {
  Access,
  By,
  CreateVcpuCall,
  ReadAccess,
  TableUpdate,
  WalkAccess,
  WriteAccess,
} from '../../../spec/terms/operation.js'
import type { Drawing, Maker } from './drawing.js'
import { mappedFrame, someFrame } from './place.js'

const VCPUS = [0, 1, 2] as const

export const createVcpu: Maker<CreateVcpuCall> = ({ r, cells }) => {
  const free = VCPUS.filter(id => !cells.vcpus.some(v => v.id === id))
  return free.length === 0 ? null : { op: 'create-vcpu', vcpu: pick(r, free) }
}

/** Bytes of a paging-structure entry. */
const ENTRY_BYTES = 8
const LENGTHS = [1, 1, 2, 4, 8] as const

export const someData = ({ r }: Drawing, length: number): Bytes => {
  let data = ''
  for (let i = 0; i < length; i++) data += below(r, 256).toString(16).padStart(2, '0')
  return data
}

/** Offsets within a page of `length` bytes: few, so that reads meet what was written. */
const someOffset = ({ r }: Drawing, length: number): number =>
  chance(r, 0.7) ? 0 : pick(r, [8, 4096 - length, below(r, 4097 - length)])

const frameOf = (d: Drawing, as: number): number => (chance(d.r, 0.8) ? mappedFrame(d, as) : someFrame(d, as))

/** An access of a vCPU; where there is none yet, its creation. */
const byVcpu =
  <A extends Access>(make: (d: Drawing, vcpu: Vcpu) => A): Maker<A | CreateVcpuCall> =>
  d =>
    d.cells.vcpus.length === 0 ? createVcpu(d) : make(d, pick(d.r, d.cells.vcpus))

/** By whom an access is made, where the target can tell: half the time not said. */
const someMaker = ({ r, world }: Drawing): { readonly by?: By } =>
  world.features.has('hardware-fetch') && chance(r, 0.5) ? { by: pick(r, ['hardware', 'emulator']) } : {}

const reading = (op: 'read' | 'fetch') =>
  byVcpu<ReadAccess>((d, { id, space }) => {
    const size = pick(d.r, LENGTHS)
    return { op, vcpu: id, gfn: frameOf(d, space), offset: someOffset(d, size), size, ...someMaker(d) }
  })
const writing = (op: WriteAccess['op']) =>
  byVcpu<WriteAccess>((d, { id, space }) => {
    const length = pick(d.r, LENGTHS)
    const offset = someOffset(d, length)
    return { op, vcpu: id, gfn: frameOf(d, space), offset, data: someData(d, length), ...someMaker(d) }
  })

export const read = reading('read')
export const fetch = reading('fetch')
export const walk = byVcpu<WalkAccess>((d, { id, space }) => ({
  op: 'walk',
  vcpu: id,
  gfn: frameOf(d, space),
  offset: someOffset(d, ENTRY_BYTES),
  size: ENTRY_BYTES,
}))
export const write = writing('write')
export const rmw = writing('rmw')
export const adUpdate = byVcpu<TableUpdate>((d, { id, space }) => {
  const offset = someOffset(d, ENTRY_BYTES)
  return { op: 'ad-update', vcpu: id, gfn: frameOf(d, space), offset, data: someData(d, ENTRY_BYTES) }
})

export const kernelAccess: Maker<Access> = d => {
  const size = pick(d.r, LENGTHS)
  const at = { op: 'kernel-access', gfn: frameOf(d, 0), offset: someOffset(d, size), size } as const
  const through = chance(d.r, 0.3) ? { cached: true } : {}
  return chance(d.r, 0.6) ? { ...at, data: someData(d, size), ...through } : { ...at, ...through }
}
