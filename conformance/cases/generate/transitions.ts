import type { BatchEntry } from '../../../spec/terms/operation.js'
import {
  batch,
  type Draft,
  entry,
  get,
  HOST,
  type InPages,
  lookup,
  removal,
  set,
  vcpu,
  write,
} from '../draft/calls.js'

/** Everything one slot may be within four frames, two backings, and the flags that decide. */
const slotsOf = (id: number): readonly (InPages | null)[] => [
  null,
  ...[
    [0, 2],
    [1, 2],
    [2, 2],
    [0, 4],
  ].flatMap(([from, npages]) =>
    [0, 16].flatMap(shift =>
      [0, 1, 2].map(flags => ({
        id,
        base: 16 + (from ?? 0),
        npages: npages ?? 1,
        hva: HOST + (from ?? 0) + shift,
        flags,
      })),
    ),
  ),
]

const meet = (a: InPages | null, b: InPages | null): boolean =>
  a !== null && b !== null && a.base < b.base + b.npages && b.base < a.base + a.npages

const configurations: readonly (readonly [InPages | null, InPages | null])[] = slotsOf(1).flatMap(a =>
  slotsOf(2).flatMap(b => (meet(a, b) ? [] : [[a, b] as const])),
)

/** Every how many of the pairs of configurations is taken; coprime to their number, so that all kinds are met. */
const STRIDE = 31

const entriesTo = (
  before: readonly (InPages | null)[],
  after: readonly (InPages | null)[],
): readonly BatchEntry[] =>
  after.flatMap((slot, i) =>
    slot !== null ? [entry(slot)] : before[i] !== null && before[i] !== undefined ? [removal(i + 1)] : [],
  )

/** One batch from any set of two slots over four frames to any other: a systematic share of all pairs. */
export const transitionDrafts = function* (): Generator<Draft> {
  const count = configurations.length ** 2
  for (let n = 0; n < count; n += STRIDE) {
    const before = configurations[Math.floor(n / configurations.length)]
    const after = configurations[n % configurations.length]
    if (before === undefined || after === undefined) continue
    yield {
      id: `transitions/${String(n).padStart(6, '0')}`,
      says: 'one batch from a set of slots to another',
      config: {},
      ops: [
        vcpu,
        ...before.flatMap(slot => (slot === null ? [] : [set(slot)])),
        write(16),
        write(18),
        batch(entriesTo(before, after)),
        lookup(16),
        lookup(17),
        lookup(18),
        lookup(19),
        write(17),
        get(1),
        get(2),
      ],
    }
  }
}
