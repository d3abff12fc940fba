import { accept, type Effect } from '../../oracle/effects.js'
import { u64 } from '../../spec/terms/numbers.js'
import { countPages, runsOf, union } from '../../spec/terms/page-set.js'
import type { AccessDetails, Result, Seen } from '../../spec/terms/result.js'

const withPage = (runs: readonly number[], page: number) => runsOf(union(runs, [page, page + 1]))

/** Wrong in one of the observations that an access by linear address has. */
const wrongObservations = (
  right: Extract<Seen, { is: 'access' }>,
  details: AccessDetails,
): readonly Seen[] => [
  { ...right, ...details, exception: { vector: '#UD', error: 0x7777 } },
  { ...right, ...details, exit: { suberror: 1, ndata: 7, flags: 0 } },
  ...(details.gpa === undefined ? [] : [{ ...right, ...details, gpa: u64(details.gpa ^ 0x1000n) }]),
  ...(details.mmio === undefined ? [] : [{ ...right, ...details, mmio: details.mmio.slice(1) }]),
  ...(details.rights === undefined
    ? []
    : [{ ...right, ...details, rights: { ...details.rights, user: !details.rights.user } }]),
]

/** Answers that a result does not allow: one for each way in which an answer can be wrong. */
const mistakes = (result: Result): readonly Seen[] => {
  switch (result.is) {
    case 'error': {
      const right = { is: 'error' as const, errno: result.errno }
      const index = result.index === null ? {} : { index: result.index }
      return [
        { ...right, ...index, errno: result.errno === 'EINVAL' ? 'EEXIST' : 'EINVAL' },
        { ...right, index: (result.index ?? 0) + 1 },
        ...(result.bound === null
          ? []
          : [{ ...right, ...index, bound: (result.bound + 1n) as typeof result.bound }]),
      ]
    }
    case 'done':
      return result.generation === null ? [] : [{ is: 'ok', generation: result.generation + 1 }]
    case 'log': {
      const bits = runsOf(result.set)
      const { bytes, generation } = result
      return [
        { is: 'ok', bytes, generation },
        ...(result.set.length === 0 ? [] : [{ is: 'ok' as const, bits: bits.slice(1), bytes, generation }]),
        { is: 'ok', bits: withPage(result.set, 1_000_000), bytes, generation },
        { is: 'ok', bits, bytes: bytes + 8, generation },
        { is: 'ok', bits, bytes, generation: generation + 1 },
      ]
    }
    case 'batch': {
      const { generation, retired, asked } = result
      const count = retired.reduce((sum, r) => sum + countPages(r.set), 0)
      const right: Seen =
        asked === 'total'
          ? { is: 'ok', generation, retiredCount: count }
          : { is: 'ok', generation, retired: [] }
      return [
        { ...right, generation: generation + 1 },
        asked === 'total'
          ? { is: 'ok', generation, retiredCount: count + 1_000_000 }
          : {
              is: 'ok',
              generation,
              retired: [{ id: 1, base: 0, npages: 1, count: 1_000_000, bits: [[0, 1_000_000]] }],
            },
      ]
    }
    case 'found':
      return [
        {
          is: 'ok',
          found: result.found === null ? { id: 0, page: 0, hva: 0n as never, ro: false, log: false } : null,
        },
      ]
    case 'ranges':
      return [{ is: 'ok', ranges: [...result.ranges, { as: 9, id: 9, gfn: 9, npages: 9 }] }]
    case 'access': {
      const right: Seen = { is: 'access', end: result.end }
      return [
        { ...right, end: result.end === 'mmio' ? 'data' : 'mmio' },
        { ...right, errno: result.errno === 'EFAULT' ? 'EINVAL' : 'EFAULT' },
        ...(result.data === null ? [] : [{ ...right, data: `${result.data}00` }]),
        ...wrongObservations(right, result.details ?? {}),
      ]
    }
    case 'loaded':
      return [{ is: 'ok', ...(result.exception === null ? { exception: { vector: '#UD' } } : {}) }]
  }
}

/** Offers the oracle wrong answers to an effect; those it takes are returned, and there should be none. */
export const takenMistakes = (effect: Effect): readonly Seen[] =>
  mistakes(effect.result).filter(mistake => accept(effect, mistake) !== null)
