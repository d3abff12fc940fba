import type { BatchEntry, Operation } from '../../../spec/terms/operation.js'

/** What a number of an operation stands for. Numbers of one role and one value are taken for the same thing. */
export type Role =
  | 'space'
  | 'id'
  | 'vcpu'
  | 'guest'
  | 'host'
  | 'size'
  | 'flags'
  | 'offset'
  | 'length'
  | 'room'
  | 'first'
  | 'count'
  | 'generation'

const REGION = { id: 'id', gpa: 'guest', size: 'size', hva: 'host', flags: 'flags' } as const
const IN_PAGE = { gfn: 'guest', offset: 'offset' } as const

type Roles = Readonly<Record<string, Role>>

/** The roles of each operation’s fields; what is not named here is left as it is. */
const ROLES: Readonly<Record<Operation['op'], Roles>> = {
  set: { as: 'space', ...REGION },
  batch: { as: 'space', flags: 'flags', resultSize: 'room' },
  'get-dirty': { as: 'space', id: 'id' },
  'clear-dirty': { as: 'space', id: 'id', first: 'first', count: 'count', generation: 'generation' },
  'enable-cap': { flags: 'flags' },
  'internal-slot': { id: 'id', gpa: 'guest', size: 'size', hva: 'host' },
  'set-tss-addr': { addr: 'guest' },
  'create-guest-memfd': { size: 'size' },
  'create-vcpu': { vcpu: 'vcpu' },
  'set-vcpu': { vcpu: 'vcpu', as: 'space' },
  'enter-smm': { vcpu: 'vcpu' },
  rsm: { vcpu: 'vcpu' },
  lookup: { as: 'space', gfn: 'guest' },
  'hva-range': { hva: 'host', size: 'size' },
  'host-protect': { hva: 'host', size: 'size' },
  poke: { hva: 'host' },
  read: { vcpu: 'vcpu', ...IN_PAGE, size: 'length' },
  fetch: { vcpu: 'vcpu', ...IN_PAGE, size: 'length' },
  walk: { vcpu: 'vcpu', ...IN_PAGE },
  write: { vcpu: 'vcpu', ...IN_PAGE },
  rmw: { vcpu: 'vcpu', ...IN_PAGE },
  'ad-update': { vcpu: 'vcpu', ...IN_PAGE },
  'kernel-access': IN_PAGE,
  registers: { vcpu: 'vcpu' },
  'fetch-instruction': { vcpu: 'vcpu', length: 'length' },
  translate: { vcpu: 'vcpu' },
  'read-virtual': { vcpu: 'vcpu', size: 'length' },
  'write-virtual': { vcpu: 'vcpu' },
  'rmw-virtual': { vcpu: 'vcpu' },
}

/** A number as all roles know it: addresses in bytes, frames as the address they begin at. */
const read = (key: string, value: number | bigint): bigint =>
  key === 'gfn' ? BigInt(value) << 12n : BigInt(value)

const write = (key: string, as: number | bigint, value: bigint): number | bigint =>
  key === 'gfn' ? Number(value >> 12n) : typeof as === 'number' ? Number(value) : value

export type Rename = (role: Role, value: bigint) => bigint

const mapped = <O extends object>(o: O, roles: Roles, rename: Rename): O => {
  const fields = o as Readonly<Record<string, number | bigint>>
  const changes: Record<string, number | bigint> = {}
  for (const [key, role] of Object.entries(roles)) {
    const value = fields[key]
    if (value === undefined) continue
    const now = rename(role, read(key, value))
    if (now !== read(key, value)) changes[key] = write(key, value, now)
  }
  return { ...o, ...changes }
}

/** The operations with every number of a role put through `rename`, entries of batches included, in reading order. */
export const renamed = (ops: readonly Operation[], rename: Rename): readonly Operation[] =>
  ops.map(o => {
    const now = mapped(o, ROLES[o.op], rename)
    if (now.op !== 'batch') return now
    return { ...now, entries: now.entries.map((entry: BatchEntry) => mapped(entry, REGION, rename)) }
  })

/** Every number of a role in reading order. */
export const valuesOf = (ops: readonly Operation[], role: Role): readonly bigint[] => {
  const values: bigint[] = []
  renamed(ops, (of, value) => {
    if (of === role) values.push(value)
    return value
  })
  return values
}
