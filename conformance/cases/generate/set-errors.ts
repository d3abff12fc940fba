import { addressOf, u64 } from '../../../spec/terms/numbers.js'
import type { SetCall } from '../../../spec/terms/operation.js'
import { batch, type Draft, entry, get, HOST, lookup, set, vcpu, write } from '../draft/calls.js'

/** A way to spoil a call of one slot. */
export type Spoil = (call: SetCall) => SetCall

export const ERRORS: Readonly<Record<string, Spoil>> = {
  stranger: c => ({ ...c, caller: 'stranger' }),
  'bad-argument': c => ({ ...c, argument: 'bad' }),
  'unknown-flag': c => ({ ...c, flags: (c.flags | 8) >>> 0 }),
  'internal-flag': c => ({ ...c, flags: (c.flags | 0x10000) >>> 0 }),
  'top-flag': c => ({ ...c, flags: 0x80000000 }),
  'memfd-flag': c => ({ ...c, flags: 4 }),
  'memfd-flag-v2': c => ({ ...c, flags: 4, ioctl: 2 }),
  'id-limit': c => ({ ...c, id: 32764 }),
  'id-top': c => ({ ...c, id: 0xffff }),
  'size-unaligned': c => ({ ...c, size: u64(c.size + 1n) }),
  'size-sub-page': c => ({ ...c, size: u64(0x800) }),
  'gpa-unaligned': c => ({ ...c, gpa: u64(c.gpa + 0x10n) }),
  'hva-unaligned': c => ({ ...c, hva: u64(c.hva + 0x200n) }),
  'hva-kernel': c => ({ ...c, hva: u64(0xffff888000000000n) }),
  'hva-over-edge': c => ({ ...c, hva: u64(0x7fffffffe000n) }),
  'no-space': c => ({ ...c, as: 2 }),
  'space-top': c => ({ ...c, as: 0xffff }),
  'gpa-wraps': c => ({ ...c, gpa: u64(0xfffffffffffff000n) }),
  'too-large': c => ({ ...c, size: addressOf(2 ** 31) }),
  'other-hva': c => ({ ...c, hva: u64(c.hva + 0x100000n) }),
  'other-size': c => ({ ...c, size: u64(c.size + 0x1000n) }),
  'toggles-ro': c => ({ ...c, flags: (c.flags ^ 2) >>> 0 }),
  overlaps: c => ({ ...c, gpa: addressOf(42) }),
  'beyond-max-gfn': c => ({ ...c, gpa: addressOf(2 ** 40 - 2) }),
  'no-memory': c => ({ ...c, allocation: 'early' }),
  'no-memory-late': c => ({ ...c, allocation: 'late' }),
}

export const LIVE = { id: 1, base: 16, npages: 8, hva: HOST, flags: 1 }

/** Calls that would succeed, each of another kind. */
export const CALLS: Readonly<Record<string, SetCall>> = {
  create: set({ id: 3, base: 64, npages: 4, hva: HOST + 64, flags: 1 }),
  delete: { ...set(LIVE), size: u64(0) },
  'delete-absent': set({ id: 9, base: 0, npages: 0, hva: 0 }),
  move: set({ ...LIVE, base: 80 }),
  'move-and-log-off': set({ ...LIVE, base: 80, flags: 0 }),
  flags: set({ ...LIVE, flags: 0 }),
  'log-on': set({ id: 2, base: 40, npages: 8, hva: HOST + 32, flags: 1 }),
  'no-op': set(LIVE),
}

const program = (call: SetCall, guestMemfd: boolean): Draft['ops'] => [
  vcpu,
  set(LIVE),
  set({ id: 2, base: 40, npages: 8, hva: HOST + 32 }),
  write(18),
  call,
  lookup(16),
  lookup(18),
  ...(guestMemfd ? [] : [get(1)]),
  get(call.id, call.as),
]

/** Every call spoilt in one way and in every two ways at once. */
export const setErrorDrafts = function* (): Generator<Draft> {
  const names = Object.keys(ERRORS)
  for (const [kind, call] of Object.entries(CALLS)) {
    for (const [i, one] of names.entries()) {
      for (const other of names.slice(i)) {
        const spoilt = (ERRORS[other] as Spoil)((ERRORS[one] as Spoil)(call)) // names are its keys
        const both = one === other ? one : `${one}+${other}`
        yield {
          id: `set-errors/${kind}/${both}`,
          says: `${kind}, spoilt by ${both.replaceAll('-', ' ').replace('+', ' and ')}`,
          config: { profile: 'linux' },
          ops: program(one === other ? (ERRORS[one] as Spoil)(call) : spoilt, false),
        }
      }
    }
  }
  yield* memfd()
  yield* parameters()
  yield* scarce()
}

const memfd = function* (): Generator<Draft> {
  const backed: SetCall = { ...set({ id: 4, base: 100, npages: 4, hva: HOST }), flags: 4, ioctl: 2 }
  const calls: Readonly<Record<string, SetCall>> = {
    create: { ...backed, id: 5, gpa: addressOf(120) },
    'create-with-log': { ...backed, id: 5, gpa: addressOf(120), flags: 5 },
    'create-with-ro': { ...backed, id: 5, gpa: addressOf(120), flags: 6 },
    'create-through-v1': { ...backed, id: 5, gpa: addressOf(120), ioctl: 1 },
    repeat: backed,
    'flag-off': { ...backed, flags: 0 },
    'flag-on-live': { ...set(LIVE), flags: 4, ioctl: 2 },
    move: { ...backed, gpa: addressOf(130) },
    'move-without-flag': { ...backed, gpa: addressOf(130), flags: 0 },
    delete: { ...backed, size: u64(0) },
    'delete-without-flag': { ...backed, size: u64(0), flags: 0 },
  }
  for (const [name, call] of Object.entries(calls)) {
    yield {
      id: `set-errors/memfd/${name}`,
      says: `guest_memfd: ${name.replaceAll('-', ' ')}`,
      config: { guestMemfd: true },
      ops: [vcpu, set(LIVE), backed, call, lookup(100), lookup(120), get(4)],
    }
  }
}

const parameters = function* (): Generator<Draft> {
  const ops = (call: SetCall): Draft['ops'] => [set({ ...LIVE, flags: 0 }), call, lookup(64), get(3)]
  for (const flags of [0, 1, 2, 3]) {
    yield {
      id: `set-errors/no-read-only-memory/flags-${flags}`,
      says: 'a VM without read-only memory knows no RO flag',
      config: { profile: 'linux', readonlyMem: false },
      ops: ops(set({ id: 3, base: 64, npages: 2, hva: HOST, flags })),
    }
  }
  for (const spaces of [1, 2, 3, 4])
    for (const as of [0, 1, 2, 3, 4]) {
      yield {
        id: `set-errors/spaces-${spaces}/as-${as}`,
        says: `a VM with ${spaces} address spaces is asked for number ${as}`,
        config: { spaces },
        ops: [
          set({ as, id: 3, base: 64, npages: 2, hva: HOST, flags: 1 }),
          get(3, as),
          lookup(64, as),
          set({ as, id: 3, base: 0, npages: 0, hva: 0 }),
        ],
      }
    }
  for (const limit of [1, 8, 512])
    for (const id of [limit - 1, limit]) {
      yield {
        id: `set-errors/slot-limit-${limit}/id-${id}`,
        says: 'ids lie below the slot limit, which is a parameter',
        config: { slotLimit: limit },
        ops: [set({ id, base: 64, npages: 2, hva: HOST, flags: 1 }), get(id), lookup(64)],
      }
    }
  const edge = 2 ** 20
  for (const [name, base, npages] of [
    ['ends-at-limit', edge - 1, 2],
    ['one-beyond', edge, 2],
    ['starts-beyond', edge + 1, 1],
    ['last-frame', edge, 1],
  ] as const) {
    for (const how of ['create', 'move'] as const) {
      yield {
        id: `set-errors/max-gfn/${name}/${how}`,
        says: `${how} where the last frame a slot may cover is ${edge}`,
        config: { maxGfn: edge },
        ops: [
          ...(how === 'move' ? [set({ id: 3, base: 64, npages, hva: HOST, flags: 1 })] : []),
          set({ id: 3, base, npages, hva: HOST, flags: 1 }),
          lookup(64),
          lookup(base),
          get(3),
        ],
      }
    }
  }
}

/** Where memory may be scarce any change may fail: the last operation of each, since what follows would depend on it. */
const scarce = function* (): Generator<Draft> {
  const change = batch([entry({ ...LIVE, npages: 4 })])
  for (const [name, last] of Object.entries({
    ...CALLS,
    batch: change,
    'batch-nothing': batch([entry(LIVE)]),
  })) {
    yield {
      id: `set-errors/scarce/${name}`,
      says: `${name.replaceAll('-', ' ')} where an allocation may fail unasked`,
      config: { allocations: 'may fail' },
      ops: [last],
    }
  }
}
