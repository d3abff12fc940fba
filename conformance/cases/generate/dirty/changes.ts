import { counted } from '../../../../spec/terms/counted.js'
import { u64 } from '../../../../spec/terms/numbers.js'
import type { Operation } from '../../../../spec/terms/operation.js'
import { type Draft, get, HOST, lookup, protect, ring, set, vcpu, write } from '../../draft/calls.js'
import { clearing, MODES, slot } from './logged.js'

/** What each change of a slot, and a second one, leaves of its log. */
export const lifecycles = function* (): Generator<Draft> {
  const steps: Readonly<Record<string, readonly Operation[]>> = {
    get: [get(1)],
    'log-off': [slot(8, 0)],
    'log-off-on': [slot(8, 0), slot(8)],
    repeat: [slot(8)],
    move: [set({ id: 1, base: 48, npages: 8, hva: HOST, flags: 1 })],
    'move-log-off': [set({ id: 1, base: 48, npages: 8, hva: HOST, flags: 0 })],
    'move-overlapping-itself': [set({ id: 1, base: 17, npages: 8, hva: HOST, flags: 1 })],
    'delete-create': [set({ id: 1, base: 16, npages: 0, hva: HOST }), slot(8)],
    'read-only': [set({ id: 1, base: 16, npages: 8, hva: HOST, flags: 3 })],
    'failed-resize': [slot(9)],
    'mode-0': [protect(0)],
    'mode-1': [protect(1)],
    'mode-3': [protect(3)],
    'mode-2': [protect(2)],
    'mode-flags': [{ op: 'enable-cap', cap: 'manual-dirty-log-protect2', flags: 1, args: [u64(1)] }],
    'clear-all': [clearing(0, 8, [[0, 8]])],
    write: [write(16 + 3)],
  }
  for (const mode of MODES)
    for (const [a, first] of Object.entries(steps))
      for (const [b, second] of Object.entries(steps)) {
        yield {
          id: `dirty/lifecycle/mode-${mode}/${a}/${b}`,
          says: `what becomes of the log: ${a}, then ${b}`,
          config: { profile: 'linux' },
          ops: [
            vcpu,
            protect(mode),
            slot(8),
            write(17),
            write(20),
            ...first,
            write(18),
            ...second,
            get(1),
            lookup(18),
          ],
        }
      }
}

/** A dirty ring, which takes the bitmaps away. */
export const rings = function* (): Generator<Draft> {
  for (const size of [
    0,
    100,
    2048,
    4096,
    6144,
    65536,
    1 << 20,
    1 << 21,
    2 ** 30,
    2 ** 32,
    2 ** 32 + 4096,
    2 ** 32 + 2 ** 21,
  ]) {
    yield {
      id: `dirty/ring/size-${size}`,
      says: `a dirty ring of ${counted(size, 'byte')} is asked for`,
      config: { profile: 'linux' },
      ops: [slot(8), ring(size), get(1), ring(4096), slot(8, 0), slot(8), get(1)],
    }
  }
  for (const ringReserved of [0, 256, 257, 576, 4096, 65536])
    for (const size of [4096, 8192, 16384, 65536, 1 << 20, 1 << 21])
      yield {
        id: `dirty/ring/reserved-${ringReserved}/size-${size}`,
        says: `a dirty ring of ${counted(size, 'byte')} is asked for, where ${counted(ringReserved, 'entry is', 'entries are')} reserved`,
        config: { profile: 'linux', ringReserved },
        ops: [ring(size), slot(8), get(1)],
      }
  yield {
    id: 'dirty/ring/after-vcpu',
    says: 'a dirty ring is asked for after the first vCPU',
    config: { profile: 'linux' },
    ops: [vcpu, ring(4096), slot(8), write(16), get(1)],
  }
  yield {
    id: 'dirty/ring/flags',
    says: 'a dirty ring is asked for with flags',
    config: { profile: 'linux' },
    ops: [{ op: 'enable-cap', cap: 'dirty-log-ring', flags: 1, args: [u64(4096)] }, slot(8), get(1)],
  }
}
