import { counted } from '../../../spec/terms/counted.js'
import { addressOf, u64 } from '../../../spec/terms/numbers.js'
import type { BatchCall, BatchEntry } from '../../../spec/terms/operation.js'
import {
  batch,
  type Draft,
  entry,
  get,
  HOST,
  lookup,
  removal,
  ring,
  set,
  vcpu,
  write,
} from '../draft/calls.js'

type SpoilEntry = (entry: BatchEntry) => BatchEntry
type SpoilHeader = (call: BatchCall) => BatchCall

const ENTRY_ERRORS: Readonly<Record<string, SpoilEntry>> = {
  'id-limit': e => ({ ...e, id: 32764 }),
  'unknown-flag': e => ({ ...e, flags: e.flags | 8 }),
  reserved: e => ({ ...e, reserved: u64(1) }),
  'size-unaligned': e => ({ ...e, size: u64(e.size + 1n) }),
  'gpa-unaligned': e => ({ ...e, gpa: u64(e.gpa + 1n) }),
  'hva-unaligned': e => ({ ...e, hva: u64(e.hva + 1n) }),
  'hva-kernel': e => ({ ...e, hva: u64(0xffff888000000000n) }),
  'gpa-wraps': e => ({ ...e, gpa: u64(0xfffffffffffff000n), size: u64(0x2000) }),
  'too-large': e => ({ ...e, size: addressOf(2 ** 31) }),
  empty: e => ({ ...e, size: u64(0) }),
  'removal-with-size': e => ({ ...removal(e.id), size: u64(0x1000) }),
  'removal-with-flags': e => ({ ...removal(e.id), flags: 1 }),
  'duplicate-id': e => ({ ...e, id: 1 }),
  'remove-absent': e => removal(e.id + 100),
  memfd: e => ({ ...e, flags: 4 }),
  'overlaps-slot': e => ({ ...e, gpa: addressOf(42) }),
  'overlaps-entry': e => ({ ...e, gpa: addressOf(17) }),
  'beyond-max-gfn': e => ({ ...e, gpa: addressOf(2 ** 40) }),
}

const HEADER_ERRORS: Readonly<Record<string, SpoilHeader>> = {
  stranger: c => ({ ...c, caller: 'stranger' }),
  'bad-argument': c => ({ ...c, argument: 'bad' }),
  'unknown-flag': c => ({ ...c, flags: c.flags | 2 }),
  'no-space': c => ({ ...c, as: 2 }),
  reserved: c => ({ ...c, reserved: u64(0x100) }),
  'no-entries': c => ({ ...c, entries: [] }),
  'too-many': c => ({ ...c, entries: [...c.entries, ...c.entries, ...c.entries, ...c.entries] }),
  'result-too-small': c => ({ ...c, resultSize: u64(16) }),
  'result-size-0': c => ({ ...c, resultSize: u64(0) }),
  'result-bad': c => ({ ...c, result: 'bad' }),
  'no-memory': c => ({ ...c, allocation: 'early' }),
  'no-memory-late': c => ({ ...c, allocation: 'late' }),
}

const one = { id: 1, base: 16, npages: 8, hva: HOST, flags: 1 }
const two = { id: 2, base: 40, npages: 8, hva: HOST + 32 }

/** Replaces a logged slot, moves another's neighbour in, adds one: it is valid until it is spoilt. */
const sound: readonly BatchEntry[] = [
  entry({ ...one, npages: 4 }),
  entry({ id: 3, base: 64, npages: 4, hva: HOST + 64 }),
  entry({ id: 4, base: 80, npages: 4, hva: HOST + 80, flags: 1 }),
]

const soundCall = (entries: readonly BatchEntry[] = sound): BatchCall => batch(entries, 'bits') as BatchCall

const program = (call: BatchCall): Draft['ops'] => [
  vcpu,
  set(one),
  set(two),
  write(18),
  write(22),
  call,
  lookup(16),
  lookup(22),
  lookup(64),
  get(1),
  get(4),
]

const spoilAt = (entries: readonly BatchEntry[], index: number, spoil: SpoilEntry): readonly BatchEntry[] =>
  entries.map((e, i) => (i === index ? spoil(e) : e))

const draft = (id: string, says: string, call: BatchCall): Draft => ({
  id: `batch-errors/${id}`,
  says,
  config: { maxEntries: 10 },
  ops: program(call),
})

/** Batches with one fault, with two in one entry, with two in different entries, and with one in header and entry. */
export const batchErrorDrafts = function* (): Generator<Draft> {
  const names = Object.keys(ENTRY_ERRORS)
  const spoilOf = (name: string): SpoilEntry => ENTRY_ERRORS[name] as SpoilEntry // names are its keys
  for (const [i, a] of names.entries()) {
    for (const at of [0, 1, 2]) {
      yield draft(
        `one/${a}/at-${at}`,
        `entry ${at} is spoilt: ${a}`,
        soundCall(spoilAt(sound, at, spoilOf(a))),
      )
    }
    for (const b of names.slice(i + 1)) {
      const both = (e: BatchEntry) => spoilOf(b)(spoilOf(a)(e))
      yield draft(
        `one-entry/${a}+${b}`,
        `entry 1 is spoilt twice: ${a}, ${b}`,
        soundCall(spoilAt(sound, 1, both)),
      )
    }
    for (const b of names) {
      const entries = spoilAt(spoilAt(sound, 1, spoilOf(a)), 2, spoilOf(b))
      yield draft(`two-entries/${a}/${b}`, `entry 1 is spoilt (${a}) and entry 2 (${b})`, soundCall(entries))
    }
    for (const [h, spoil] of Object.entries(HEADER_ERRORS)) {
      const call = spoil(soundCall(spoilAt(sound, 2, spoilOf(a))))
      yield draft(`header-and-entry/${h}/${a}`, `header (${h}) and entry 2 (${a}) are spoilt`, call)
    }
  }
  const headers = Object.entries(HEADER_ERRORS)
  for (const [i, [a, spoilA]] of headers.entries()) {
    yield draft(`header/${a}`, `the header is spoilt: ${a}`, spoilA(soundCall()))
    for (const [b, spoilB] of headers.slice(i + 1)) {
      yield draft(`header/${a}+${b}`, `the header is spoilt twice: ${a}, ${b}`, spoilB(spoilA(soundCall())))
    }
  }
  yield* underRing()
  yield* memfdSlot()
  yield* bounds()
}

const underRing = function* (): Generator<Draft> {
  const changes: Readonly<Record<string, readonly BatchEntry[]>> = {
    shrinks: [entry({ ...one, npages: 4 })],
    removes: [removal(1)],
    'log-off': [entry({ ...one, flags: 0 })],
    repeats: [entry(one)],
    'other-slot': [entry({ ...two, npages: 4 })],
    'other-slot-then-log': [entry({ ...two, npages: 4 }), removal(1)],
    'overlap-and-log': [entry({ ...two, base: 44 }), entry({ ...one, base: 42 })],
    creates: [entry({ id: 5, base: 90, npages: 2, hva: HOST, flags: 1 })],
  }
  for (const [name, entries] of Object.entries(changes)) {
    yield {
      id: `batch-errors/ring/${name}`,
      says: `a dirty ring is in use and the batch ${name.replaceAll('-', ' ')}`,
      config: {},
      ops: [ring(65536), set(one), set(two), batch(entries), lookup(16), lookup(23), get(1)],
    }
  }
}

const memfdSlot = function* (): Generator<Draft> {
  const backed = { ...set({ id: 4, base: 100, npages: 4, hva: HOST }), flags: 4, ioctl: 2 as const }
  const changes: Readonly<Record<string, readonly BatchEntry[]>> = {
    removes: [removal(4)],
    changes: [entry({ id: 4, base: 100, npages: 4, hva: HOST })],
    moves: [entry({ id: 4, base: 120, npages: 4, hva: HOST })],
    creates: [{ ...entry({ id: 6, base: 120, npages: 4, hva: HOST }), flags: 4 }],
    'replaces-by-host-memory': [removal(4), entry({ id: 6, base: 100, npages: 4, hva: HOST })],
    'replaces-by-other-host-memory': [removal(4), entry({ id: 6, base: 100, npages: 4, hva: HOST + 8 })],
    'leaves-alone': [entry({ id: 6, base: 120, npages: 4, hva: HOST })],
  }
  for (const [name, entries] of Object.entries(changes)) {
    yield {
      id: `batch-errors/memfd/${name}`,
      says: `a batch that ${name.replaceAll('-', ' ')} a slot of guest_memfd`,
      config: { guestMemfd: true },
      ops: [backed, batch(entries), lookup(100), lookup(120)],
    }
  }
}

const bounds = function* (): Generator<Draft> {
  const retires: readonly BatchEntry[] = [entry({ ...one, npages: 4 }), removal(2)]
  for (const harvest of [0, 1])
    for (const size of [0, 1, 31, 32, 39, 40, 63, 64, 71, 72, 79, 80, 0x1000]) {
      yield {
        id: `batch-errors/bound/${harvest === 1 ? 'harvest' : 'counts'}/${size}`,
        says: `two logged slots may retire bits and the result space has ${counted(size, 'byte')}`,
        config: {},
        ops: [
          vcpu,
          set(one),
          set({ ...two, flags: 1 }),
          write(17),
          write(21),
          write(41),
          { op: 'batch', as: 0, flags: harvest, resultSize: u64(size), entries: retires },
          lookup(21),
          get(1),
        ],
      }
    }
}
