import { isLeft } from 'fp-ts/lib/Either.js'
import { describe, expect, it } from 'vitest'
import { programOf } from '../../../oracle/wire/program.js'
import { u64 } from '../../../spec/terms/numbers.js'
import type { ClearDirtyCall, GetDirtyCall, Operation, SetCall } from '../../../spec/terms/operation.js'
import type { Run } from '../../../spec/terms/page-set.js'
import type { Seen } from '../../../spec/terms/result.js'
import { featuresOf } from '../features.js'
import { sayUnavailable } from './refusal.js'
import { kvmTarget } from './target.js'

const kvm = await kvmTarget()
const hello = isLeft(kvm) ? null : await kvm.right.hello()
const reason = isLeft(kvm) ? sayUnavailable(kvm.left) : null
if (reason !== null) console.warn(`Tests of a real kernel are skipped: ${reason}`)
const config = { spaces: 1 }
const PAGE = 4096n
const USER_END = 0x7ffffffff000n // of a kernel with four-level page tables
const TWO_TO_63 = 1n << 63n
/** The first guest-physical address that no slot may cover. */
const END = ((hello?.limits.maxGfn ?? 0n) + 1n) * PAGE

const set = (id: number, gpa: bigint, pages: bigint, more: Partial<SetCall> = {}): SetCall => ({
  op: 'set',
  as: 0,
  id,
  gpa: u64(gpa),
  size: u64(pages * PAGE),
  hva: u64(0x10000n),
  flags: 0,
  ...more,
})
const log = { flags: 1 }
const at = (hva: bigint) => ({ hva: u64(hva) })
const get = (id: number, more: Partial<GetDirtyCall> = {}): GetDirtyCall => ({
  op: 'get-dirty',
  as: 0,
  id,
  ...more,
})
const clear = (
  first: bigint,
  count: number,
  pages: readonly Run[] = [],
  more: Partial<ClearDirtyCall> = {},
) => ({ op: 'clear-dirty', as: 0, id: 1, first: u64(first), count, pages, ...more }) as const
const manual = (mode: bigint, flags = 0): Operation => ({
  op: 'enable-cap',
  cap: 'manual-dirty-log-protect2',
  flags,
  args: [u64(mode)],
})
const ring = (bytes: bigint, flags = 0): Operation => ({
  op: 'enable-cap',
  cap: 'dirty-log-ring',
  flags,
  args: [u64(bytes)],
})
const bad = { bitmap: 'bad' } as const
const badArgument = { argument: 'bad' } as const

/** An answer in short: `ok`, the name of an error, or the bits and bytes of a log. */
const short = (seen: Seen): string =>
  seen.is === 'error'
    ? seen.errno
    : seen.is === 'ok' && seen.bits !== undefined
      ? `${JSON.stringify(seen.bits)} in ${seen.bytes}`
      : 'ok'

/** What is asked of a fresh VM, and what it answers, in order. */
type Fact = readonly [says: string, ops: readonly Operation[], answers: string]

const all = '[[0,70]] in 16'
const logged = [manual(3n), set(1, 0n, 70n, log)]

const facts: readonly Fact[] = [
  // real-kvm.md, KVM_SET_USER_MEMORY_REGION
  [
    'a size, gpa or hva that is not page aligned',
    [set(1, 0n, 1n, { size: u64(1n) }), set(1, 1n, 1n), set(1, 0n, 1n, at(1n))],
    'EINVAL EINVAL EINVAL',
  ],
  ['host memory need not be there', [set(1, 0n, 1n, at(0n)), set(2, PAGE, 1n, at(0x7000n))], 'ok ok'],
  ['a range may end where user space ends', [set(1, 0n, 2n, at(USER_END - 2n * PAGE))], 'ok'],
  [
    'and no page beyond',
    [set(1, 0n, 2n, at(USER_END - PAGE)), set(1, 0n, 1n, at(USER_END))],
    'EINVAL EINVAL',
  ],
  [
    'kernel, non-canonical and wrapping hva',
    [set(1, 0n, 1n, at(TWO_TO_63)), set(1, 0n, 1n, at(1n << 56n)), set(1, 0n, 1n, at(2n ** 64n - PAGE))],
    'EINVAL EINVAL EINVAL',
  ],
  [
    'a delete may name the end of user space, and nothing beyond',
    [set(1, 0n, 1n), set(1, 0n, 0n, at(USER_END + PAGE)), set(1, 0n, 0n, at(USER_END))],
    'ok EINVAL ok',
  ],
  [
    'flags 0x4, 0x8, 0x10000, 0x80000000',
    [4, 8, 0x10000, 0x80000000].map(flags => set(1, 0n, 1n, { flags })),
    'EINVAL EINVAL EINVAL EINVAL',
  ],
  [
    'flags LOG, RO and both',
    [1, 2, 3].map(flags => set(flags, BigInt(flags) * PAGE, 1n, { flags })),
    'ok ok ok',
  ],
  [
    'ids end at 32763',
    [32763, 32764, 32766, 32767, 0xffff].map(id => set(id, 0n, 1n)),
    'ok EINVAL EINVAL EINVAL EINVAL',
  ],
  ['no size and no slot', [set(1, 0n, 0n), set(1, 0n, 0n, badArgument)], 'EINVAL EFAULT'],
  [
    'a delete ignores gpa, hva and legal flags',
    [set(1, 0n, 1n), set(1, 2n ** 64n - PAGE, 0n, { ...at(0x7000n), flags: 3 }), get(1)],
    'ok ok ENOENT',
  ],
  [
    'but not if they could not be',
    [set(1, 0n, 1n), set(1, 1n, 0n), set(1, 0n, 0n, at(1n)), set(1, 0n, 0n, { flags: 8 }), set(1, 0n, 1n)],
    'ok EINVAL EINVAL EINVAL ok',
  ],
  [
    'overlap: same, head, tail, inside, around',
    [
      set(1, 4n * PAGE, 4n),
      set(2, 4n * PAGE, 4n),
      set(2, 3n * PAGE, 2n),
      set(2, 7n * PAGE, 2n),
      set(2, 5n * PAGE, 1n),
      set(2, 0n, 16n),
    ],
    'ok EEXIST EEXIST EEXIST EEXIST EEXIST',
  ],
  ['adjacent slots, one host range', [set(1, PAGE, 1n), set(2, 0n, 1n), set(3, 2n * PAGE, 1n)], 'ok ok ok'],
  ['a deleted range is free', [set(1, 0n, 1n), set(1, 0n, 0n), set(2, 0n, 1n)], 'ok ok ok'],
  [
    'a live slot keeps hva, size and RO',
    [
      set(1, 0n, 2n),
      set(1, 0n, 2n, at(0n)),
      set(1, 0n, 3n),
      set(1, 0n, 1n),
      set(1, 0n, 2n, { flags: 2 }),
      set(1, PAGE, 2n, { flags: 2 }),
    ],
    'ok EINVAL EINVAL EINVAL EINVAL EINVAL',
  ],
  [
    'it may toggle LOG and move, onto itself too',
    [set(1, 0n, 2n), set(1, 0n, 2n, log), set(1, PAGE, 2n, log), set(1, 8n * PAGE, 2n)],
    'ok ok ok ok',
  ],
  [
    'it may not move onto another',
    [set(1, 0n, 1n), set(2, PAGE, 1n), set(1, PAGE, 1n), set(1, PAGE, 1n, log)],
    'ok ok EEXIST EEXIST',
  ],
  [
    'EINVAL of the request comes before EEXIST',
    [set(1, 0n, 1n), set(2, 0n, 1n, { flags: 8 }), set(2, 0n, 1n, at(1n)), set(32764, 0n, 1n)],
    'ok EINVAL EINVAL EINVAL',
  ],
  [
    'EEXIST comes before EINVAL of the last frame',
    [set(1, END - PAGE, 1n), set(2, END - PAGE, 2n)],
    'ok EEXIST',
  ],
  [
    'a range that wraps or ends at 2^64',
    [set(1, 2n ** 64n - PAGE, 1n), set(1, 2n ** 64n - PAGE, 2n)],
    'EINVAL EINVAL',
  ],
  [
    '2^31 pages and more',
    [set(1, 0n, 1n << 31n), set(1, 0n, (1n << 31n) + 1n), set(1, 0n, 0n, { size: u64(TWO_TO_63) })],
    'EINVAL EINVAL EINVAL',
  ],
  [
    'an argument that cannot be read',
    [set(1, 0n, 1n, badArgument), get(1, badArgument), clear(1n, 0, [], badArgument)],
    'EFAULT EFAULT EFAULT',
  ],
  [
    'the last page there is',
    [set(1, END - PAGE, 1n), set(2, END, 1n), set(3, END - 2n * PAGE, 1n), set(3, END, 1n)],
    'ok EINVAL ok EINVAL',
  ],
  // real-kvm.md, Dirty log
  [
    'LOG at creation or later starts clear',
    [set(1, 0n, 70n, log), get(1), set(1, 0n, 70n), get(1), set(1, 0n, 70n, log), get(1)],
    'ok [] in 16 ok ENOENT ok [] in 16',
  ],
  [
    'initially all set, however LOG came to be',
    [...logged, get(1), set(1, 0n, 70n), set(1, 0n, 70n, log), get(1)],
    `ok ok ${all} ok ok ${all}`,
  ],
  [
    'GET without manual protect takes the bits',
    [...logged, manual(0n), get(1), get(1)],
    `ok ok ok ${all} [] in 16`,
  ],
  [
    'GET with a bad bitmap loses them',
    [...logged, manual(0n), get(1, bad), get(1)],
    'ok ok ok EFAULT [] in 16',
  ],
  ['except under manual protect', [...logged, get(1, bad), get(1)], `ok ok EFAULT ${all}`],
  [
    'GET: no LOG, no slot, no id',
    [set(1, 0n, 1n), get(1), get(2), get(32764), get(1, bad), get(32764, bad)],
    'ok ENOENT ENOENT EINVAL ENOENT EINVAL',
  ],
  [
    'a no-op and a failed update keep the bits',
    [...logged, clear(0n, 64, [[0, 10]]), set(1, 0n, 70n, log), set(1, 0n, 71n, log), get(1)],
    'ok ok ok ok EINVAL [[10,60]] in 16',
  ],
  [
    'a move keeps them; one that turns LOG off drops them',
    [...logged, clear(0n, 64, [[0, 10]]), set(1, PAGE, 70n, log), get(1), set(1, 0n, 70n), get(1)],
    'ok ok ok ok [[10,60]] in 16 ok ENOENT',
  ],
  [
    'a move beyond the last frame leaves slot and bits',
    [...logged, clear(0n, 64, [[0, 10]]), set(1, END, 70n), get(1), set(1, 0n, 70n, log)],
    'ok ok ok EINVAL [[10,60]] in 16 ok',
  ],
  [
    'delete and create start afresh',
    [...logged, manual(0n), set(1, 0n, 0n), set(1, 0n, 70n, log), get(1)],
    'ok ok ok ok ok [] in 16',
  ],
  [
    'MANUAL_PROTECT2: 0, 1 and 3 only',
    [0n, 1n, 3n, 2n, 4n, 5n, 7n, 1n << 32n].map(mode => manual(mode)),
    'ok ok ok EINVAL EINVAL EINVAL EINVAL EINVAL',
  ],
  ['MANUAL_PROTECT2 takes no flags', [manual(1n, 1)], 'EINVAL'],
  [
    'CLEAR clears what is named, and padding is harmless',
    [
      ...logged,
      clear(64n, 6, [
        [65, 1],
        [75, 20],
      ]),
      get(1),
    ],
    'ok ok ok [[0,65],[66,4]] in 16',
  ],
  [
    'CLEAR works without manual protect',
    [...logged, manual(0n), clear(0n, 70, [[0, 69]]), get(1)],
    'ok ok ok ok [[69,1]] in 16',
  ],
  [
    'CLEAR: ranges',
    [
      ...logged,
      clear(1n, 64),
      clear(0n, 63),
      clear(0n, 71),
      clear(64n, 5),
      clear(128n, 0),
      clear(1n << 32n, 0),
    ],
    'ok ok EINVAL EINVAL EINVAL EINVAL EINVAL EINVAL',
  ],
  [
    'CLEAR of nothing looks at no bitmap',
    [...logged, clear(0n, 0, [], bad), clear(64n, 0, [], bad)],
    'ok ok ok ok',
  ],
  [
    'CLEAR may begin at the end if that is a multiple of 64',
    [set(1, 0n, 128n, log), clear(128n, 0), clear(128n, 64), clear(192n, 0)],
    'ok ok EINVAL EINVAL',
  ],
  [
    'CLEAR with a bad bitmap clears nothing',
    [...logged, clear(0n, 64, [[0, 64]], bad), get(1)],
    `ok ok EFAULT ${all}`,
  ],
  [
    'CLEAR: the order of errors',
    [
      set(1, 0n, 64n),
      clear(1n, 64, [], bad),
      clear(0n, 64, [], bad),
      clear(0n, 63),
      clear(1n, 63, [], { id: 2 }),
      clear(0n, 0, [], { id: 32764 }),
    ],
    'ok EINVAL ENOENT ENOENT EINVAL EINVAL',
  ],
  [
    'ring: 0, 100, a half page, 3 pages',
    [0n, 100n, 2048n, 3n * PAGE].map(bytes => ring(bytes)),
    'EINVAL EINVAL EINVAL EINVAL',
  ],
  [
    'ring: too large, also where there is one',
    [ring(1n << 21n), ring(1n << 30n), ring(1n << 20n), ring(1n << 30n), ring(4096n)],
    'E2BIG E2BIG ok E2BIG EINVAL',
  ],
  [
    'ring: only the low 32 bits of the size are looked at',
    [ring(1n << 32n), ring(TWO_TO_63), ring((1n << 32n) + 4096n)],
    'EINVAL EINVAL ok',
  ],
  ['ring: the flags are not looked at', [ring(4096n, 1)], 'ok'],
  [
    'ring: it takes the bitmaps away, whatever else is wrong',
    [
      ...logged,
      ring(4096n),
      get(1),
      get(2),
      get(32764),
      get(1, bad),
      get(1, badArgument),
      clear(1n, 64),
      clear(0n, 0, [], { id: 32764 }),
    ],
    'ok ok ok ENXIO ENXIO ENXIO ENXIO EFAULT ENXIO ENXIO',
  ],
]

describe.skipIf(reason !== null)(
  `facts about a real kernel${reason === null ? '' : ` — SKIPPED, there is no KVM here: ${reason}`}`,
  () => {
    it.for(facts)('%s', async ([, ops, answers], { skip }) => {
      if (isLeft(kvm)) throw new Error('skipped otherwise')
      const missing = featuresOf(config, ops).filter(feature => !hello?.features.includes(feature))
      if (missing.length > 0) skip(`this kernel does not offer ${missing.join(', ')}`)
      const session = await kvm.right.open(config)
      const seen: string[] = []
      const note = (answer: Seen) => seen.push(short(answer))
      await session.run(
        programOf(ops, config),
        r => r.ev === 'return' && note(r.seen),
        new AbortController().signal,
      )
      await session.close()
      expect(seen.join(' ')).toBe(answers)
    })
  },
)
