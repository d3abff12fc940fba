import { u64 } from '../../../spec/terms/numbers.js'
import type { Operation, RegistersCall } from '../../../spec/terms/operation.js'
import { draftOf } from '../exhaustive/exhaustive.js'
import { FETCH_FAMILIES } from '../fetch/families.js'
import {
  A,
  addressIn,
  fetch,
  LEVELS,
  NX,
  OPEN,
  P,
  PAGE_1,
  PAGE_2,
  pointer,
  poke,
  putEntry,
  putTables,
  readBack,
  registers,
  SETUP,
  slotOf,
  TABLES,
  type Tables,
  U,
} from '../fetch/layout.js'
import { batch, type Draft, enterSmm, entry, get, HOST, remove, set, vcpu } from './words.js'

const at = (paging: Tables, offset = 0x20n): bigint => addressIn(paging) + offset
const draft = (id: string, says: string, ops: readonly Operation[], config: Draft['config'] = {}): Draft => ({
  id: `fetch-path/${id}`,
  says,
  config,
  ops,
})

/** Register images that no processor can have, by what is wrong. */
const IMPOSSIBLE: Readonly<Record<string, (r: RegistersCall) => RegistersCall>> = {
  'pg-without-pe': r => ({ ...r, cr0: u64(0x8000_0000) }),
  'lma-without-lme': r => ({ ...r, efer: u64(0x400) }),
  'lme-without-lma': r => ({ ...r, efer: u64(0x100) }),
  'lma-without-paging': r => ({ ...r, cr0: u64(1) }),
  'lma-without-pae': r => ({ ...r, cr4: u64(0) }),
  'vm-in-long-mode': r => ({ ...r, rflags: u64(0x20002) }),
  'vm-at-cpl-0': () => ({ ...registers('none'), rflags: u64(0x20002) }),
  'vm-without-pe': () => ({ ...registers('none', { cpl: 3 }), cr0: u64(0), rflags: u64(0x20002) }),
  'cr3-beyond-maxphyaddr': r => ({ ...r, cr3: u64(1n << 46n) }),
  'cr0-of-64-bits': r => ({ ...r, cr0: u64(0x1_8000_0001n) }),
}

const registerCases = function* (): Generator<Draft> {
  const long = registers('4-level')
  yield draft('registers/no-vcpu', 'registers of a vCPU that does not exist', [long])
  yield draft('registers/not-loaded', 'a fetch, and data, before any registers', [
    vcpu,
    fetch(0n, 1),
    { op: 'read-virtual', vcpu: 0, gva: u64(0), size: 1 },
    { ...(fetch(0n, 1) as object), vcpu: 3 } as Operation,
  ])
  for (const [name, spoil] of Object.entries(IMPOSSIBLE))
    yield draft(`registers/${name}`, 'a combination that no processor can be in leaves the registers alone', [
      ...SETUP,
      ...putTables('4-level'),
      long,
      spoil(long),
      fetch(at('4-level'), 2),
    ])
  const pae: RegistersCall = registers('pae')
  const { pdptes: _, ...fromMemory } = pae
  const top = (value: bigint): Operation => poke(HOST + 6, 24, bytesOf(value))
  yield draft('pdptes/loaded', 'PAE’s top entries are read once: memory may change behind them', [
    ...SETUP,
    ...putTables('pae'),
    top(0x2001n),
    fromMemory,
    fetch(at('pae'), 2),
    top(0n),
    fetch(at('pae'), 2),
    fromMemory,
    fetch(at('pae'), 2),
  ])
  for (const bit of [1, 2, 3, 4, 5, 6, 7, 8, 9, 11, 45, 46, 52, 62, 63])
    yield draft(`pdptes/bit-${bit}`, 'a reserved bit in a present top entry is #GP where it is loaded', [
      ...SETUP,
      ...putTables('pae'),
      registers('none'),
      top(0x2001n | (1n << BigInt(bit))),
      fromMemory,
      fetch(0x10010n, 1),
      top(0x2000n | (1n << BigInt(bit))),
      fromMemory,
      fetch(at('pae'), 1),
    ])
  yield draft('pdptes/no-slot', 'top entries in a hole are #GP where they are loaded', [
    ...SETUP,
    registers('none'),
    remove(6),
    fromMemory,
    fetch(0x10010n, 1),
  ])
  yield draft('pdptes/given-reserved', 'a reserved bit in a top entry that is given is #GP too', [
    ...SETUP,
    registers('none'),
    { ...pae, pdptes: [u64(0), u64(0), u64(0), u64(0x2003)] },
    fetch(0x10010n, 1),
  ])
  for (const [name, entries] of Object.entries({
    open: 0x2001n,
    absent: 0x2000n,
    reserved: 0x2003n,
    missing: -1n,
  }))
    yield draft(`pdptes/amd/${name}`, 'AMD’s nested paging reads PAE’s top entries at each walk', [
      ...SETUP,
      ...putTables('pae'),
      { ...registers('pae', { amd: true }), pdptes: [u64(0), u64(0), u64(0), u64(0)] },
      ...(entries < 0n ? [remove(6)] : [top(entries)]),
      fetch(at('pae'), 2),
    ])
}

const bytesOf = (value: bigint): string => {
  let text = ''
  for (let i = 0n; i < 8n; i++) text += ((value >> (8n * i)) & 255n).toString(16).padStart(2, '0')
  return text
}

/** Limits that end an instruction on its second page, and addresses that are not canonical. */
const addressCases = function* (): Generator<Draft> {
  const flat = registers('none')
  for (const limit of [0x1_0fff, 0x1_1000, 0x1_1001, 0x1_1002, 0x1_1003])
    yield draft(
      `linear/limit-${limit.toString(16)}`,
      'a limit on the second page, by how many bytes it leaves',
      [...SETUP, { ...flat, cs: { ...flat.cs, limit } }, fetch(0x1_0ffan, 9)],
    )
  for (const rip of [0x7fff_ffff_ffffn, 0x8000_0000_0000n, 0xffff_7fff_ffff_ffffn])
    for (const paging of ['4-level', '5-level'] as const)
      yield draft(`linear/${paging}/${rip.toString(16)}`, 'whether an address is canonical, by its width', [
        ...SETUP,
        registers(paging),
        fetch(rip, 2),
      ])
}

/** What comes of a fetch by profile: who fetches, the second stage, the exit on emulation failure, and CPL. */
const profileCases = function* (): Generator<Draft> {
  const holes = { root: 4, table: 2, page: PAGE_1, second: PAGE_2 } as const
  for (const by of ['emulator', 'hardware'] as const)
    for (const secondStage of ['tdp', 'shadow'] as const)
      for (const exitOnEmulationFailure of [true, false])
        for (const cpl of [0, 1, 3])
          for (const [name, frame] of Object.entries(holes))
            yield draft(
              `profile/${by}/${secondStage}/${exitOnEmulationFailure ? 'exit' : 'no-exit'}/cpl${cpl}/${name}`,
              `a fetch with a hole for the ${name}, by profile`,
              [
                ...SETUP,
                ...putTables('4-level'),
                registers('4-level', { cpl }),
                remove(frame),
                fetch(at('4-level', 0xffcn), 6, { by }),
              ],
              { secondStage, exitOnEmulationFailure },
            )
}

/** Where KVM's walker and the manuals differ. */
const walkerCases = function* (): Generator<Draft> {
  for (const walker of ['kvm', 'architecture'] as const) {
    for (const paging of TABLES)
      for (const nxe of [true, false])
        for (const smep of [true, false])
          yield draft(
            `walker/${walker}/absent/${paging}${nxe ? '/nxe' : ''}${smep ? '/smep' : ''}`,
            'whether a fault says that it was a fetch',
            [
              ...SETUP,
              ...putTables(paging, { 1: 0n }),
              registers(paging, { nxe, smep }),
              fetch(at(paging), 1),
            ],
            { walker },
          )
    for (const maxPhyAddr of [32, 36, 40, 52])
      for (let bit = 13; bit < 22; bit++)
        yield draft(
          `walker/${walker}/pse-36/maxphyaddr-${maxPhyAddr}/bit-${bit}`,
          'which address bits a 4 MiB page has above bit 31',
          [
            ...SETUP,
            ...putTables('32-bit', { 2: OPEN | (1n << 7n) | (1n << BigInt(bit)) }),
            registers('32-bit', { maxPhyAddr }),
            { op: 'translate', vcpu: 0, gva: u64(at('32-bit')), access: 'fetch' },
          ],
          { walker },
        )
  }
}

/** Accessed bits: whose slot, whose log, and on a fault none, or by the processor some. */
const accessedCases = function* (): Generator<Draft> {
  for (const paging of TABLES) {
    const levels = LEVELS[paging]
    const closed = Object.fromEntries(levels.map(level => [level, pointer(level) | (OPEN & ~A)]))
    const logged = levels.flatMap(level => [remove(level), slotOf(level, 'LOG')])
    const seen = [...levels.map(level => readBack(paging, level)), ...levels.map(level => get(level))]
    yield draft(
      `accessed/${paging}/done`,
      'a fetch sets every accessed bit on its way, and marks the tables',
      [...SETUP, ...putTables(paging, closed), ...logged, registers(paging), fetch(at(paging), 2), ...seen],
    )
    for (const by of ['emulator', 'hardware'] as const)
      for (const [name, spoil] of [
        ['absent', (e: bigint) => e & ~P],
        ['denied', (e: bigint) => e & ~U],
      ] as const)
        yield draft(
          `accessed/${paging}/${name}/${by}`,
          by === 'emulator'
            ? 'a fetch that faults sets no accessed bit'
            : 'where the processor walks, a fetch that faults may have set some above',
          [
            ...SETUP,
            ...putTables(paging, { ...closed, 1: spoil(closed[1] ?? 0n) }),
            registers(paging, { cpl: 3 }),
            fetch(at(paging), 2, { by }),
          ],
        )
  }
  // A table that is its own parent: the entry is read at both levels, and set at the first.
  yield draft(
    'accessed/own-parent',
    'a table that is its own parent: the second update loses, and the walk begins anew',
    [
      ...SETUP,
      putEntry('4-level', 4, (4n << 12n) | (OPEN & ~A)),
      poke(HOST + 4, 2 * 8, bytesOf((4n << 12n) | (OPEN & ~A))),
      registers('4-level'),
      {
        op: 'translate',
        vcpu: 0,
        gva: u64((2n << 39n) | (2n << 30n) | (2n << 21n) | (2n << 12n)),
        access: 'read',
      },
      { op: 'read', vcpu: 0, gfn: 4, offset: 16, size: 8 },
    ],
  )
}

const slotCases = function* (): Generator<Draft> {
  const internalIds = [32764]
  for (const [name, frame] of Object.entries({ table: 2, page: PAGE_1 }))
    yield draft(
      `slots/internal-${name}`,
      'an internal slot is no table to the walker, and its bytes are fetched',
      [
        ...SETUP,
        ...putTables('4-level'),
        remove(frame),
        {
          op: 'internal-slot',
          id: 32764,
          gpa: u64(frame * 4096),
          size: u64(4096),
          hva: u64((HOST + frame) * 4096),
        },
        registers('4-level'),
        fetch(at('4-level'), 2),
        { op: 'read-virtual', vcpu: 0, gva: u64(at('4-level')), size: 2 },
      ],
      { internalIds },
    )
  for (const paging of TABLES) {
    const other = (frame: number): Operation =>
      set({ as: 1, id: frame, base: frame, npages: 1, hva: HOST + 0x100 + frame })
    const frames = [...LEVELS[paging], PAGE_1, PAGE_2]
    for (const missing of [null, ...frames])
      yield draft(
        `smm/${paging}/${missing === null ? 'whole' : `without-${missing}`}`,
        'in SMM tables and page are those of space 1, and nothing of space 0 helps out',
        [
          ...SETUP,
          ...putTables(paging),
          ...frames.filter(frame => frame !== missing).map(other),
          ...LEVELS[paging].map(level => ({
            ...(putEntry(paging, level, pointer(level) | OPEN) as Extract<Operation, { op: 'poke' }>),
            hva: u64((putEntry(paging, level, 0n) as Extract<Operation, { op: 'poke' }>).hva + 0x100000n),
          })),
          poke(HOST + 0x100 + PAGE_1, 0x20, '5a5b'),
          registers(paging),
          fetch(at(paging), 2),
          enterSmm,
          fetch(at(paging), 2),
          { op: 'rsm', vcpu: 0 },
          fetch(at(paging), 2),
        ],
      )
  }
}

/** A change of slots between any two look-ups: the whole fetch is of the set before or of the one after. */
const betweenCases = function* (): Generator<Draft> {
  const shadow = 0x100
  for (const frame of [4, 3, 2, 1, PAGE_1, PAGE_2])
    for (let after = 0; after <= 10; after++)
      for (const [name, entries] of Object.entries({
        rebacked: [entry({ id: frame, base: frame, npages: 1, hva: HOST + shadow + frame })],
        gone: [{ do: 'remove' as const, id: frame, gpa: u64(0), size: u64(0), hva: u64(0), flags: 0 }],
        'both-pages': [PAGE_1, PAGE_2].map(id => entry({ id, base: id, npages: 1, hva: HOST + shadow + id })),
      })) {
        if (name === 'both-pages' && frame !== PAGE_1) continue
        yield draft(
          `between/${name}-${frame}/after-${after}`,
          'a batch between two look-ups of one fetch is seen by all of them or by none',
          [
            ...SETUP,
            ...putTables('4-level'),
            ...[PAGE_1, PAGE_2].flatMap(page =>
              [0, 4032].map(offset => poke(HOST + shadow + page, offset, 'e5'.repeat(64))),
            ),
            ...[4, 3, 2, 1].map(level => ({
              ...(putEntry('4-level', level, pointer(level) | (OPEN & ~A)) as Extract<
                Operation,
                { op: 'poke' }
              >),
              hva: u64(
                (putEntry('4-level', level, 0n) as Extract<Operation, { op: 'poke' }>).hva +
                  BigInt(shadow * 4096),
              ),
            })),
            registers('4-level'),
            fetch(at('4-level', 0xffcn), 8, {
              between: { after, operation: batch(entries) as Extract<Operation, { op: 'batch' }> },
            }),
            fetch(at('4-level', 0xffcn), 8),
          ],
        )
      }
}

const dataCases = function* (): Generator<Draft> {
  const la = at('4-level', 0xffen)
  const across = (hole: number | null, ro: number | null): readonly Operation[] => [
    ...SETUP,
    ...putTables('4-level'),
    ...(hole === null ? [] : [remove(hole)]),
    ...(ro === null ? [] : [remove(ro), slotOf(ro, 'RO')]),
    registers('4-level'),
    { op: 'read-virtual', vcpu: 0, gva: u64(la), size: 4 },
    { op: 'write-virtual', vcpu: 0, gva: u64(la), data: 'a1a2a3a4' },
    ...[PAGE_1, PAGE_2].map(
      (gfn): Operation => ({ op: 'read', vcpu: 0, gfn, offset: gfn === PAGE_1 ? 4094 : 0, size: 2 }),
    ),
  ]
  for (const hole of [null, PAGE_1, PAGE_2])
    for (const ro of [null, PAGE_1, PAGE_2])
      yield draft(
        `data/across/hole-${hole}/ro-${ro}`,
        'data across two pages: what is memory is touched, what is not goes out as MMIO',
        across(hole, ro),
      )
  for (const [name, second] of Object.entries({
    absent: 0n,
    nx: (17n << 12n) | OPEN | NX,
    supervisor: (17n << 12n) | (OPEN & ~U),
  }))
    yield draft(`data/second/${name}`, 'a fault of the second page leaves the first as it was', [
      ...SETUP,
      ...putTables('4-level', {}, second),
      registers('4-level', { cpl: 3 }),
      { op: 'write-virtual', vcpu: 0, gva: u64(la), data: 'a1a2a3a4' },
      { op: 'read', vcpu: 0, gfn: PAGE_1, offset: 4094, size: 2 },
    ])
  for (const ac of [false, true])
    yield draft(
      `data/smap/${ac ? 'ac' : 'no-ac'}`,
      'with SMAP a supervisor touches no user page, unless AC is set',
      [
        ...SETUP,
        ...putTables('4-level'),
        registers('4-level', { smap: true, ac }),
        { op: 'read-virtual', vcpu: 0, gva: u64(la), size: 1 },
        { op: 'write-virtual', vcpu: 0, gva: u64(la), data: 'a1' },
        fetch(la, 1),
      ],
    )
  yield draft('data/non-canonical', 'a non-canonical address of data is #GP; elsewhere 32 bits count', [
    ...SETUP,
    ...putTables('4-level'),
    registers('4-level'),
    { op: 'read-virtual', vcpu: 0, gva: u64(1n << 47n), size: 1 },
    { op: 'translate', vcpu: 0, gva: u64(1n << 63n), access: 'write' },
    { op: 'read-virtual', vcpu: 0, gva: u64((1n << 47n) - 2n), size: 4 },
    { op: 'read-virtual', vcpu: 0, gva: u64((1n << 64n) - 2n), size: 4 },
    registers('none'),
    { op: 'read-virtual', vcpu: 0, gva: u64((1n << 63n) | 0x10010n), size: 2 },
  ])
}

/** One case in so many of the exhaustive families; a prime, so that no dimension is left out. */
const STRIDE = 331

/** Some of the cases of the exhaustive families, each by itself on a VM of its own. */
const sampleCases = function* (): Generator<Draft> {
  let n = 0
  for (const { at: caseAt, count } of FETCH_FAMILIES)
    for (let i = 0; i < count; i++) {
      if (n++ % STRIDE !== 0) continue
      const one = draftOf(caseAt(i))
      yield { ...one, id: `fetch-path/sample/${one.id.slice('fetch/'.length)}` }
    }
}

/** Cases of the fetch path that are not by the thousand: profiles, registers, logs, spaces, changes in between. */
export const fetchDrafts = function* (): Generator<Draft> {
  yield* registerCases()
  yield* addressCases()
  yield* profileCases()
  yield* walkerCases()
  yield* accessedCases()
  yield* slotCases()
  yield* betweenCases()
  yield* dataCases()
  yield* sampleCases()
}
