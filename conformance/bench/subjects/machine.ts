import { callRelation, step } from '../../../spec/index.js'
import { type Cells, initialMachine } from '../../../spec/terms/cells.js'
import { addressOf, type U64, u64 } from '../../../spec/terms/numbers.js'
import type { BatchEntry, Operation, SetCall } from '../../../spec/terms/operation.js'
import { defaultParameters } from '../../../spec/terms/parameters.js'

/** Slot `i` of the machine: 128 frames at every 256th, every second one logged. */
const BASE = 256
const PAGES = 128
const BACKING = 0x10000

const region = (i: number): Omit<SetCall, 'op' | 'as'> => ({
  id: i,
  gpa: addressOf(i * BASE),
  size: addressOf(PAGES),
  hva: addressOf(BACKING + i * BASE),
  flags: i % 2,
})

/** Slot 3 as it is but for what is given: 3 is logged, and has neighbours on both sides. */
const set = (change: Partial<SetCall> = {}): SetCall => ({ op: 'set', as: 0, ...region(3), ...change })
const ninth = { id: 9, gpa: addressOf(9 * BASE), hva: addressOf(BACKING + 9 * BASE) }

const write = (gfn: number): Operation => ({
  op: 'write',
  vcpu: 0,
  gfn,
  offset: 16,
  data: '0102030405060708',
})

/** Eight slots and a vCPU, with dirty pages in two logs: what a small VM looks like to its VMM. */
export const program: readonly Operation[] = [
  ...Array.from({ length: 8 }, (_, i): Operation => ({ op: 'set', as: 0, ...region(i) })),
  { op: 'create-vcpu', vcpu: 0 },
  ...[3, 4, 40].map(page => write(BASE + page)),
  write(3 * BASE + 5),
]

export const relation = callRelation(defaultParameters)

/** A machine with a call in progress, laid out as the oracle lays them out: see `having` in oracle/effects.ts. */
export const calling = (cells: Cells, call: Operation): Cells => ({
  params: cells.params,
  spaces: cells.spaces,
  protect: cells.protect,
  ring: cells.ring,
  memfds: cells.memfds,
  vcpus: cells.vcpus,
  memory: cells.memory,
  host: cells.host,
  call,
  returned: null,
  seen: null,
})

const machineAfter = (calls: readonly Operation[]): Cells => {
  let cells = initialMachine(defaultParameters)
  for (const call of calls) {
    const [first] = step(relation, calling(cells, call))
    if (first === undefined) throw new Error(`no rule applies to ${call.op}`) // the specification's tests exclude it
    cells = { ...first.cells, returned: null }
  }
  return cells
}

export const machine: Cells = machineAfter(program)

const split = (at: number, id: number): readonly BatchEntry[] => [
  { do: 'set', ...region(3), size: addressOf(at) },
  {
    do: 'set',
    id,
    gpa: addressOf(3 * BASE + at),
    size: addressOf(PAGES - at),
    hva: addressOf(BACKING + 3 * BASE + at),
    flags: 1,
  },
]
const batch = (entries: readonly BatchEntry[]): Operation => ({
  op: 'batch',
  as: 0,
  flags: 0,
  resultSize: u64(0),
  entries,
})

/** A label of the mix and its share of 40. */
type Share = readonly [times: number, label: Operation]

/** The calls of one slot: all that succeed, and failures of the request and of the set it meets. */
export const setShares: readonly Share[] = [
  [3, set(ninth)],
  [3, set({ size: u64(0) })],
  [2, set({ gpa: addressOf(3 * BASE + 64) })],
  [3, set({ flags: 0 })],
  [2, set()],
  [1, set({ ...ninth, gpa: addressOf(2 * BASE + 1) })],
  [1, set({ size: addressOf(PAGES / 2) })],
  [1, set({ gpa: (addressOf(3 * BASE) + 1n) as U64 })],
]

/** What else a VMM and its guest do in between. */
export const mixShares: readonly Share[] = [
  ...setShares,
  [2, { op: 'get-dirty', as: 0, id: 1 }],
  [1, { op: 'get-dirty', as: 0, id: 2 }],
  [3, { op: 'clear-dirty', as: 0, id: 1, first: u64(0), count: 64, pages: [[3, 2]] }],
  [5, { op: 'read', vcpu: 0, gfn: BASE + 4, offset: 0, size: 8 }],
  [1, { op: 'read', vcpu: 0, gfn: 200, offset: 0, size: 8 }],
  [5, write(BASE + 5)],
  [5, { op: 'lookup', as: 0, gfn: 4 * BASE + 3 }],
  [1, batch(split(32, 9))],
  [1, batch([{ do: 'set', ...region(3), gpa: (addressOf(3 * BASE) + 1n) as U64 }])],
]

/** The labels in a fixed disorder, long enough that no branch predictor knows it by heart. */
export const spread = (shares: readonly Share[], length = 1024): readonly Operation[] => {
  const all = shares.flatMap(([times, label]) => Array<Operation>(times).fill(label))
  let state = 12345
  return Array.from({ length }, () => {
    state = (Math.imul(state, 1103515245) + 12345) >>> 0
    return all[(state >>> 16) % all.length] as Operation // the index is below the length
  })
}
