import { addressOf, u64 } from '../../../spec/terms/numbers.js'
import type {
  BatchCall,
  Between,
  Operation,
  ReadVirtual,
  RmwVirtual,
  SetCall,
  WriteVirtual,
} from '../../../spec/terms/operation.js'
import { batch, type Draft, entry, HOST, removal, remove, set, vcpu } from '../draft/calls.js'
import {
  A,
  addressIn,
  fetch,
  LEVELS,
  OPEN,
  PAGE_1,
  PAGE_2,
  pointer,
  putTables,
  registers,
  SETUP,
} from '../draft/fetch-layout.js'
import { accessesOf } from './accesses.js'

const PAGING = '4-level'
const RIP = addressIn(PAGING) + 0xffcn
/** Bytes that lie on both pages. */
const LENGTH = 6
/** Slots are moved this far. */
const AWAY = 32
const LOG = 1
const RO = 2

type By = 'emulator' | 'hardware'
type SecondStage = 'tdp' | 'shadow'

/** A change of one frame's slot, and what must be so before it. */
interface Change {
  readonly first: readonly Operation[]
  readonly operation: SetCall | BatchCall
}

const slot = (frame: number, base = frame, flags = 0): SetCall =>
  set({ id: frame, base, npages: 1, hva: HOST + frame, flags })

const bySet = (frame: number): Readonly<Record<string, Change>> => {
  const away = slot(frame, AWAY + frame)
  return {
    deleted: { first: [], operation: remove(frame) },
    'moved-away': { first: [], operation: away },
    'moved-here': { first: [remove(frame), away], operation: slot(frame) },
    'not-moved': { first: [], operation: { ...away, allocation: 'late' } },
    created: { first: [remove(frame)], operation: slot(frame) },
    logged: { first: [], operation: slot(frame, frame, LOG) },
    refused: { first: [], operation: slot(frame, frame, RO) },
    elsewhere: { first: [], operation: { ...slot(frame), as: 1 } },
  }
}

const byBatch = (frame: number): Readonly<Record<string, Change>> => {
  const one = (...entries: Parameters<typeof batch>[0]) => batch(entries, 'total') as BatchCall
  const own = { id: frame, base: frame, npages: 1, hva: HOST + frame }
  return {
    gone: { first: [], operation: one(removal(frame)) },
    rebacked: { first: [], operation: one(entry({ ...own, hva: HOST + 5 })) },
    'read-only': { first: [], operation: one(entry({ ...own, flags: RO })) },
  }
}

const tables = (accessed: boolean): readonly Operation[] => {
  const bits = accessed ? OPEN : OPEN & ~A
  return putTables(
    PAGING,
    Object.fromEntries(LEVELS[PAGING].map(level => [level, pointer(level) | bits])),
    (BigInt(PAGE_2) << 12n) | bits,
  )
}

const program = (
  by: By,
  accessed: boolean,
  { first, operation }: Change,
  after: number,
): readonly Operation[] => [
  ...SETUP,
  ...tables(accessed),
  registers(PAGING),
  ...first,
  fetch(RIP, LENGTH, { by, between: { after, operation } }),
  fetch(RIP, LENGTH, { by }),
]

const WAYS: readonly (readonly [By, SecondStage])[] = [
  ['emulator', 'tdp'],
  ['hardware', 'tdp'],
  ['hardware', 'shadow'],
]
/** The look-ups of a fetch over two pages, by frame: the first, those right before and after it, and the last. */
const ORDER = [4, 3, 2, 1, PAGE_1, 4, 3, 2, 1, PAGE_2]
const pointsOf = (frame: number): readonly number[] => {
  const first = ORDER.indexOf(frame)
  return [...new Set([0, first, first + 1, ORDER.lastIndexOf(frame) + 1])]
}

/**
 * Linux today: a slot that is deleted or moved is INVALID between two swaps, and the emulator and the hardware differ
 * in how a fetch that meets it ends.
 */
const invalid = function* (): Generator<Draft> {
  for (const [by, secondStage] of WAYS)
    for (const frame of [4, 2, PAGE_1, PAGE_2])
      for (const [name, change] of Object.entries(bySet(frame)))
        for (const after of pointsOf(frame))
          yield {
            id: `fetch-change/linux/${by}/${secondStage}/${name}-${frame}/after-${after}`,
            says: 'one slot changes between two look-ups of a fetch, as Linux changes it, by who fetches',
            config: { profile: 'linux', secondStage },
            ops: program(by, true, change, after),
          }
  yield {
    id: 'fetch-change/linux/no-such-call',
    says: 'a batch in the middle of a fetch is no call that Linux has, and changes nothing',
    config: { profile: 'linux' },
    ops: program('emulator', true, { first: [], operation: batch([removal(2)]) as BatchCall }, 2),
  }
}

/** The page of PAE's top entries, which KVM's walker asks for where no register keeps them. */
const topEntries = function* (): Generator<Draft> {
  const TOP = 6
  const kept = { ...registers('pae', { amd: true }), pdptes: [u64(0), u64(0), u64(0), u64(0x2001)] }
  for (const [name, operation] of Object.entries({ deleted: remove(TOP), logged: slot(TOP, TOP, LOG) }))
    for (const after of [0, 1, 4])
      yield {
        id: `fetch-change/linux/pae-amd/${name}/after-${after}`,
        says: 'the slot of PAE’s top entries changes between two look-ups, as Linux changes it, where they are loaded anew',
        config: { profile: 'linux' },
        ops: [
          ...SETUP,
          ...putTables('pae'),
          kept,
          fetch(addressIn('pae') + 0xffcn, LENGTH, { between: { after, operation } }),
        ],
      }
}

/** The batch: what it blocks makes a fetch wait and begin anew, tables that are to be written too. */
const blocked = function* (): Generator<Draft> {
  for (const [by, secondStage] of WAYS)
    for (const accessed of [true, false])
      for (const frame of [4, 1, PAGE_2])
        for (const [name, change] of Object.entries(byBatch(frame)))
          yield {
            id: `fetch-change/between/${by}/${secondStage}/${accessed ? 'accessed' : 'unaccessed'}/${name}-${frame}`,
            says: 'a batch in the middle of a fetch, by who fetches, and whether accessed bits are still to be set',
            config: { secondStage },
            ops: program(by, accessed, change, ORDER.indexOf(frame)),
          }
}

const DATA = {
  read: { op: 'read-virtual', vcpu: 0, gva: u64(RIP), size: LENGTH },
  write: { op: 'write-virtual', vcpu: 0, gva: u64(RIP), data: 'c7'.repeat(LENGTH) },
  rmw: { op: 'rmw-virtual', vcpu: 0, gva: u64(RIP), data: 'c9'.repeat(LENGTH), device: 'd1d2d3d4d5d6' },
} as const satisfies Readonly<Record<string, ReadVirtual | RmwVirtual | WriteVirtual>>

const dataProgram = (
  access: ReadVirtual | RmwVirtual | WriteVirtual,
  { first, operation }: Change,
  after: number,
): readonly Operation[] => [
  ...SETUP,
  ...tables(false),
  registers(PAGING),
  ...first,
  { ...access, between: { after, operation } },
  // What a write left behind depends on which of the allowed answers it gave.
  ...(access.op === 'read-virtual' ? [{ ...DATA.read, by: access.by ?? 'emulator' }] : []),
]

/** The emulator's look-ups of data over two pages: both are translated, and then each is looked up. The processor's are those of a fetch. */
const DATA_ORDER = [4, 3, 2, 1, 4, 3, 2, 1, PAGE_1, PAGE_2]

const HOW: Readonly<Record<string, string>> = { read: 'read', write: 'written', rmw: 'exchanged' }

/** Data, whose pages are looked up after all its tables; an exchange by the emulator begins anew to store. */
const data = function* (): Generator<Draft> {
  const profiles = [
    ['linux', bySet],
    ['batch', byBatch],
  ] as const
  for (const [by, secondStage] of WAYS)
    for (const [profile, changes] of profiles)
      for (const [name, access] of Object.entries(DATA))
        for (const frame of [2, PAGE_1, PAGE_2])
          for (const [change, made] of Object.entries(changes(frame)))
            for (const after of by === 'emulator'
              ? new Set([
                  0,
                  1,
                  DATA_ORDER.lastIndexOf(frame),
                  9,
                  10,
                  ...(name === 'rmw' ? [14, 18, 19, 20] : []),
                ])
              : new Set([1, ORDER.lastIndexOf(frame)]))
              yield {
                id: `fetch-change/data/${profile}/${by}/${secondStage}/${name}/${change}-${frame}/after-${after}`,
                says: `slots change between two look-ups of data that is ${HOW[name]} over two pages, by who does it`,
                config: { profile, secondStage },
                ops: dataProgram({ ...access, by }, made, after),
              }
}

/** The processor where its faults at an INVALID slot are not retried: as on arm64, and on x86 before Linux 5.13. */
const notRetried = function* (): Generator<Draft> {
  const accesses: Readonly<Record<string, (between: Between) => Operation>> = {
    fetch: between => fetch(RIP, LENGTH, { by: 'hardware', between }),
    read: between => ({ ...DATA.read, by: 'hardware', between }),
    write: between => ({ ...DATA.write, by: 'hardware', between }),
    rmw: between => ({ ...DATA.rmw, by: 'hardware', between }),
  }
  for (const secondStage of ['tdp', 'shadow'] as const)
    for (const [name, access] of Object.entries(accesses))
      for (const frame of [4, 2, PAGE_1, PAGE_2])
        for (const change of ['deleted', 'moved-away', 'not-moved'] as const)
          yield {
            id: `fetch-change/not-retried/${secondStage}/${name}/${change}-${frame}`,
            says: 'the processor meets an INVALID slot where its faults are not retried',
            config: { profile: 'linux', secondStage, invalid: 'hole' },
            ops: [
              ...SETUP,
              ...tables(true),
              registers(PAGING),
              access({
                after: ORDER.indexOf(frame),
                operation: (bySet(frame)[change] as Change).operation,
              }),
            ],
          }
}

const translating = function* (): Generator<Draft> {
  for (const [by, secondStage] of WAYS)
    for (const change of ['deleted', 'not-moved', 'created', 'logged'] as const)
      for (const after of [0, 2, 4]) {
        const { first, operation } = bySet(2)[change] as Change
        yield {
          id: `fetch-change/translate/${by}/${secondStage}/${change}/after-${after}`,
          says: 'a table’s slot changes while an address is translated, by who does it',
          config: { profile: 'linux', secondStage },
          ops: [
            ...SETUP,
            ...tables(false),
            registers(PAGING),
            ...first,
            { op: 'translate', vcpu: 0, gva: u64(RIP), access: 'write', by, between: { after, operation } },
          ],
        }
      }
}

/** Frame of the slot that changes under accesses by frame, of two pages. */
const FRAME = 16
const two = (base: number, flags = 0): SetCall => set({ id: 1, base, npages: 2, hva: HOST, flags })
const changesByFrame: Readonly<Record<'linux' | 'batch', Readonly<Record<string, Change>>>> = {
  linux: {
    deleted: { first: [], operation: remove(1) },
    'moved-over': { first: [], operation: two(FRAME - 1, LOG) },
    'not-moved': { first: [], operation: { ...two(FRAME - 1, LOG), allocation: 'late' } },
    created: { first: [remove(1)], operation: two(FRAME, LOG) },
    'log-off': { first: [], operation: two(FRAME) },
    elsewhere: { first: [], operation: { ...two(FRAME, LOG), as: 1 } },
    batch: { first: [], operation: batch([removal(1)], 'total') as BatchCall },
  },
  batch: {
    gone: { first: [], operation: batch([removal(1)], 'total') as BatchCall },
    rebacked: {
      first: [],
      operation: batch(
        [entry({ id: 1, base: FRAME, npages: 2, hva: HOST + 8, flags: LOG })],
        'total',
      ) as BatchCall,
    },
    'read-only': {
      first: [],
      operation: batch(
        [entry({ id: 1, base: FRAME, npages: 2, hva: HOST, flags: LOG | RO })],
        'total',
      ) as BatchCall,
    },
    deleted: { first: [], operation: remove(1) },
    moved: { first: [], operation: two(FRAME - 1, LOG) },
  },
}
const BY: readonly By[] = ['emulator', 'hardware']
const madeBy = (access: Operation): readonly Operation[] => {
  switch (access.op) {
    case 'read':
    case 'fetch':
      return [access, ...BY.map(by => ({ ...access, by }))]
    case 'write':
    case 'rmw':
      return [access, ...BY.map(by => ({ ...access, by }))]
    default:
      return [access]
  }
}

/** Every access by frame, by whom it is made where that makes a difference: its slot changes before its look-up, or after. */
const byFrame = function* (): Generator<Draft> {
  for (const profile of ['linux', 'batch'] as const)
    for (const [name, plain] of Object.entries(accessesOf(FRAME)))
      for (const access of madeBy(plain))
        for (const [change, { first, operation }] of Object.entries(changesByFrame[profile]))
          for (const after of [0, 1]) {
            const by = 'by' in access ? `-by-${access.by}` : ''
            yield {
              id: `fetch-change/by-frame/${profile}/${name}${by}/${change}/after-${after}`,
              says: 'a slot changes in the middle of an access by frame',
              config: { profile },
              ops: [
                vcpu,
                two(FRAME, LOG),
                { op: 'poke', hva: u64(addressOf(HOST) + 16n), data: '0123456789abcdef' },
                ...first,
                { ...access, between: { after, operation } } as Operation,
              ],
            }
          }
}

/** Slots that change in the middle of an access, by what it does at an INVALID slot or a blocked page. */
export const fetchChangeDrafts = function* (): Generator<Draft> {
  yield* invalid()
  yield* topEntries()
  yield* blocked()
  yield* data()
  yield* notRetried()
  yield* translating()
  yield* byFrame()
}
