import type { Config } from '../../../oracle/wire/config.js'
import type { HostRights } from '../../../spec/terms/host.js'
import { addressOf, u64 } from '../../../spec/terms/numbers.js'
import type { By, Operation } from '../../../spec/terms/operation.js'
import { type Draft, get, HOST, remove, set, vcpu } from '../draft/calls.js'
import {
  A,
  addressIn,
  D,
  OPEN,
  PAGE_1,
  PAGE_2,
  pointer,
  putTables,
  registers,
  SETUP,
  slotOf,
  U,
  W,
} from '../draft/fetch-layout.js'

/** Frames: a logged slot, a hole, a read-only slot, and two holes. */
const [MEMORY, HOLE, READ_ONLY, HOLES] = [0x10, 0x11, 0x12, 0x13] as const
const LOG = 1
const RO = 2

const setUp: readonly Operation[] = [
  vcpu,
  set({ id: 1, base: MEMORY, npages: 1, hva: HOST + MEMORY, flags: LOG }),
  set({ id: 2, base: READ_ONLY, npages: 1, hva: HOST + READ_ONLY, flags: RO }),
  ...[MEMORY, READ_ONLY].flatMap(frame =>
    [0, 0xff0].map((offset): Operation => {
      const data = (frame + (offset === 0 ? 0 : 0x80)).toString(16).padStart(2, '0').repeat(16)
      return { op: 'poke', hva: u64(addressOf(HOST + frame) + BigInt(offset)), data }
    }),
  ),
  registers('none'),
]

const counted = (size: number, from: number): string =>
  Array.from({ length: size }, (_, i) => (from + i).toString(16).padStart(2, '0')).join('')

/** Where an access of `size` bytes begins: in the middle of a page, or so that it goes on in the next one. */
const places = (size: number): readonly (readonly [name: string, gva: bigint])[] => {
  const end = (frame: number) => addressOf(frame + 1) - BigInt(Math.ceil(size / 2))
  const at = (frame: number) => addressOf(frame) + 8n
  const within = [
    ['memory', at(MEMORY)],
    ['hole', at(HOLE)],
    ['read-only', at(READ_ONLY)],
  ] as const
  if (size === 1) return within
  return [
    ...within,
    ['memory-to-hole', end(MEMORY)],
    ['hole-to-read-only', end(HOLE)],
    ['read-only-to-hole', end(READ_ONLY)],
    ['two-holes', end(HOLES)],
  ]
}

const accessesOf = (gva: bigint, size: number, by: By): Readonly<Record<string, Operation>> => {
  const at = { vcpu: 0, gva: u64(gva), by }
  const device = counted(size, 0xd0)
  return {
    read: { op: 'read-virtual', ...at, size, device },
    'read-untold': { op: 'read-virtual', ...at, size },
    write: { op: 'write-virtual', ...at, data: counted(size, 0xf0) },
    rmw: { op: 'rmw-virtual', ...at, data: counted(size, 0xf0), device },
    'rmw-untold': { op: 'rmw-virtual', ...at, data: counted(size, 0xf0) },
    'rmw-short': { op: 'rmw-virtual', ...at, data: counted(size, 0xf0), device: 'ee' },
  }
}

const WAYS = ['emulator', 'hardware'] as const
const RIGHTS: readonly HostRights[] = ['all', 'read', 'none']

const protect = (rights: HostRights): readonly Operation[] =>
  rights === 'all'
    ? []
    : [MEMORY, READ_ONLY].map(frame => ({
        op: 'host-protect',
        hva: addressOf(HOST + frame),
        size: addressOf(1),
        rights,
      }))

/** Every size at every place: which exits there are, in which order, and what is read and stored. */
const exits = function* (): Generator<Draft> {
  for (const by of WAYS)
    for (const rights of RIGHTS)
      for (const size of rights === 'all' ? [1, 3, 4, 8, 16] : [4, 16])
        for (const [place, gva] of places(size))
          for (const [name, access] of Object.entries(accessesOf(gva, size, by)))
            yield {
              id: `mmio/${by}/${rights}/${place}/${size}/${name}`,
              says: 'data that is no memory, or not all of it: exits by address, length and bytes, and what is read',
              config: {},
              ops: [
                ...setUp,
                ...protect(rights),
                access,
                get(1),
                { op: 'host-protect', hva: addressOf(HOST + MEMORY), size: addressOf(1), rights: 'all' },
                { op: 'read', vcpu: 0, gfn: MEMORY, offset: 0xff0, size: 16 },
              ],
            }
}

/** A read-modify-write asks the tables twice by the emulator, once by the processor: bits that are set, and faults. */
const tables = function* (): Generator<Draft> {
  const gva = u64(addressIn('4-level') + 0x40n)
  const leaves = {
    open: OPEN,
    fresh: OPEN & ~A & ~D,
    'not-written': OPEN & ~D,
    'read-only': OPEN & ~W & ~A,
    supervisor: OPEN & ~U,
    absent: 0n,
  }
  for (const by of WAYS)
    for (const secondStage of ['tdp', 'shadow'] as const)
      for (const [leaf, bits] of Object.entries(leaves))
        for (const cpl of [0, 3])
          yield {
            id: `mmio/tables/${by}/${secondStage}/${leaf}/cpl${cpl}`,
            says: 'a read-modify-write, by what the tables let it do',
            config: { secondStage },
            ops: [
              ...SETUP,
              ...putTables('4-level', { 1: bits === 0n ? 0n : pointer(1) | bits }),
              registers('4-level', { cpl }),
              { op: 'rmw-virtual', vcpu: 0, gva, data: 'c1c2c3c4', by },
              { op: 'read', vcpu: 0, gfn: 1, offset: 7 * 8, size: 8 },
              { op: 'read', vcpu: 0, gfn: PAGE_1, offset: 0x40, size: 4 },
            ],
          }
}

/** What two pages in a row are: slots of their own. */
const PAGES = [
  ['LOG', 'missing'],
  ['LOG', 'RO'],
  ['missing', 'LOG'],
  ['RO', 'missing'],
  ['missing', 'missing'],
] as const

/** The same in 64-bit code through tables, of the sizes that one instruction moves: a real kernel can be asked these. */
const moved = function* (): Generator<Draft> {
  const la = addressIn('4-level')
  const shown = (page: number, offset: number): Operation => ({
    op: 'read',
    vcpu: 0,
    gfn: page,
    offset,
    size: 8,
  })
  for (const cpl of [0, 3])
    for (const [first, second] of PAGES)
      for (const size of [1, 2, 4, 8])
        for (const [place, gva] of [
          ['within', la + 0x40n],
          ['across', la + 4096n - BigInt(size >> 1)],
        ] as const)
          for (const [name, access] of Object.entries(
            accessesOf(gva, size, cpl === 0 ? 'emulator' : 'hardware'),
          )) {
            if (place === 'across' && size === 1) continue
            yield {
              id: `mmio/moved/cpl${cpl}/${first}-${second}/${place}/${size}/${name}`,
              says: 'one instruction of 64-bit code moves data that is no memory, or not all of it',
              config: {},
              ops: [
                ...SETUP,
                ...[PAGE_1, PAGE_2].map(page => remove(page)),
                ...(first === 'missing' ? [] : [slotOf(PAGE_1, first)]),
                ...(second === 'missing' ? [] : [slotOf(PAGE_2, second)]),
                { op: 'poke', hva: u64(addressOf(HOST + PAGE_1 + 1) - 8n), data: 'a0a1a2a3a4a5a6a7' },
                { op: 'poke', hva: addressOf(HOST + PAGE_2), data: 'b0b1b2b3b4b5b6b7' },
                ...putTables('4-level'),
                registers('4-level', { cpl }),
                access,
                ...(first === 'LOG' ? [get(PAGE_1), shown(PAGE_1, 0xff8), shown(PAGE_1, 0x40)] : []),
                ...(second === 'LOG' ? [get(PAGE_2), shown(PAGE_2, 0)] : []),
              ],
            }
          }
}

/** Whether KVM exits on an emulation failure, and which kernel it is where kernels differ. */
const FAILING: readonly Config[] = [
  { exitOnEmulationFailure: true },
  { exitOnEmulationFailure: false },
  { exitOnEmulationFailure: false, kernel: 'pvm' },
]

/** An exchange that fails, by who is told of it. */
const failures = function* (): Generator<Draft> {
  for (const config of FAILING)
    for (const cpl of [0, 3])
      for (const rights of ['read', 'none'] as const)
        yield {
          id: `mmio/failure/${config.exitOnEmulationFailure ? 'exit' : 'no-exit'}${config.kernel === undefined ? '' : `/${config.kernel}`}/cpl${cpl}/${rights}`,
          says: 'an exchange by the emulator on a page that the host does not let it write',
          config,
          ops: [
            ...SETUP,
            ...putTables('4-level'),
            registers('4-level', { cpl }),
            { op: 'host-protect', hva: addressOf(HOST + PAGE_1), size: addressOf(1), rights },
            {
              op: 'rmw-virtual',
              vcpu: 0,
              gva: u64(addressIn('4-level') + 0x40n),
              data: 'c1c2c3c4',
              device: 'd1d2d3d4',
            },
          ],
        }
}

/** MMIO in full: fragments and exits, answers of the VMM, and exchanges. */
export const mmioDrafts = function* (): Generator<Draft> {
  yield* exits()
  yield* tables()
  yield* moved()
  yield* failures()
}
