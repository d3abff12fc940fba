import { Vcpu, type Vm } from '../../../impl/index.js'
import { DEFAULT_PROCESSOR, type Registers } from '../../../impl/x86/registers.js'
import { commit, type Part, type Play, pages, put } from '../play.js'

/**
 * An instruction that lies across linear pages 5 and 6, translated by 4-level tables in frames 1 to 4. A batch backs the tables
 * and the code anew, all at once: in phase 0 the tables lead to frames 5 and 6, in phase 1 to frames 7 and 8, and only
 * the frames they lead to hold the code of that phase. Tables of one set with code of the other are no code at all.
 */
const ROWS = [0x1000, 0x2000] as const
const FRAMES = 9
const TABLES = 5
const CODE = [0x10, 0x11] as const
const NO_CODE = 0x99
/** Present, writable, user, accessed and dirty: no walk has to write it. */
const OPEN = 0x67n

const long: Registers = {
  cr0: 0x8000_0001,
  cr3: pages(1),
  cr4: 1 << 5,
  efer: (1 << 8) | (1 << 10) | (1 << 11),
  rflags: 2,
  cpl: 0,
  cs: { base: 0n, limit: 0xffff_ffff, long: true },
}

/** Writes the tables and the code of a phase into its row of host pages. */
const write = (vm: Vm, phase: 0 | 1): void => {
  const row = ROWS[phase]
  const poke = (page: number, offset: number, data: Uint8Array) =>
    vm.poke({ hva: pages(row + page) + BigInt(offset), data })
  const entry = (table: number, index: number, frame: number) =>
    poke(table, 8 * index, new Uint8Array(new BigUint64Array([pages(frame) | OPEN]).buffer))
  for (const table of [1, 2, 3]) entry(table, 0, table + 1)
  const code = 5 + 2 * phase
  entry(4, 5, code)
  entry(4, 6, code + 1)
  for (const page of [5, 6, 7, 8]) {
    const isCode = page === code || page === code + 1
    for (const offset of [0, 4095]) poke(page, offset, Uint8Array.of(isCode ? CODE[phase] : NO_CODE))
  }
}

/** Slots of a phase: the tables, and each page of code for itself. */
const entries = (phase: 0 | 1) => [
  put(0, 0, TABLES, ROWS[phase]),
  ...[5, 6, 7, 8].map(frame => put(frame, frame, 1, ROWS[phase] + frame)),
]

const fetcher =
  (id: number): Part =>
  ({ share, board }) => {
    const vcpu = Vcpu.attach(share, id)
    const { linear } = vcpu
    linear.load(DEFAULT_PROCESSOR, long)
    return () => {
      const waits = vcpu.waits
      const end = linear.fetch(pages(6) - 1n, 2)
      if (end.end !== 'data')
        return board.violated('no-hole', `a fetch of mapped code through mapped tables ended as ${end.end}`)
      const [first, second] = end.data
      if (first !== second || !CODE.some(code => code === first))
        board.violated('two-maps', `a fetch across two pages saw ${first} and ${second}`)
      if (vcpu.waits - waits > 1) board.violated('turns', `one fetch waited ${vcpu.waits - waits} times`)
    }
  }

/** Fetches across two pages, ten look-ups each, against batches that back tables and code anew. */
export const fetched: Play = {
  id: 'fetched',
  says: 'a fetch across two pages, its walks included, sees one set',
  options: { spaces: 1, slotLimit: FRAMES },
  words: 0,
  prepare: vm => {
    write(vm, 0)
    write(vm, 1)
    commit(vm, entries(0))
    vm.createVcpu(0)
    vm.createVcpu(1)
  },
  updater: vm => {
    let phase: 0 | 1 = 0
    return () => {
      phase = phase === 0 ? 1 : 0
      commit(vm, entries(phase))
    }
  },
  parts: { 'fetcher 0': fetcher(0), 'fetcher 1': fetcher(1) },
}
