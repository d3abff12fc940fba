import type { Operation } from '../../../spec/terms/operation.js'
import {
  batch,
  type Draft,
  entry,
  FLAGS,
  type FlagsName,
  flagNames,
  get,
  HOST,
  hvaRange,
  lookup,
  read,
  removal,
  remove,
  set,
  vcpu,
  write,
} from '../draft/calls.js'

/** Every way a second range can lie to a first one of eight pages at frame 16. */
export const RELATIONS = {
  equal: [16, 8],
  disjoint: [32, 4],
  'adjacent-left': [12, 4],
  'adjacent-right': [24, 4],
  prefix: [16, 3],
  suffix: [20, 4],
  inside: [18, 3],
  around: [14, 12],
  'overlap-left': [13, 6],
  'overlap-right': [21, 6],
} as const satisfies Record<string, readonly [base: number, npages: number]>
export type Relation = keyof typeof RELATIONS
export const relations = Object.keys(RELATIONS) as readonly Relation[]

const FIRST = { id: 1, base: 16, npages: 8, hva: HOST }

const OPERATIONS = ['create', 'move', 'batch-create', 'batch-move', 'batch-replace'] as const
type Kind = (typeof OPERATIONS)[number]

interface Second {
  readonly as: number
  readonly id: number
  readonly base: number
  readonly npages: number
  readonly hva: number
  readonly flags: number
}

/** A moved slot stands elsewhere first, with the size and backing it keeps. */
const elsewhere = (second: Second) => ({ ...second, base: 64 })

const change = (kind: Kind, second: Second): readonly Operation[] => {
  switch (kind) {
    case 'create':
      return [set(second)]
    case 'move':
      return [set(second)]
    case 'batch-create':
    case 'batch-move':
      return [batch([entry(second)], 'bits', second.as)]
    case 'batch-replace':
      // Another entry frees the first slot's range where both stand in one space.
      return [
        batch(
          second.as === 0 && second.id !== 1 ? [entry(second), removal(1)] : [entry(second)],
          'bits',
          second.as,
        ),
      ]
  }
}

/** Batches see every pair of flags where a range is created; elsewhere those pairs that change one flag, or none. */
const decides = (kind: Kind, before: FlagsName, after: FlagsName): boolean =>
  kind === 'create' ||
  kind === 'move' ||
  kind === 'batch-create' ||
  before === after ||
  before === 'plain' ||
  after === 'plain'

const drafts = function* (): Generator<Draft> {
  for (const kind of OPERATIONS)
    for (const relation of relations)
      for (const before of flagNames)
        for (const after of flagNames)
          for (const id of [1, 2])
            for (const as of [0, 1])
              for (const alias of [false, true]) {
                if (!decides(kind, before, after)) continue
                const [base, npages] = RELATIONS[relation]
                const first = { ...FIRST, flags: FLAGS[before] }
                const hva = alias ? HOST + (base - FIRST.base) : HOST + 64
                const second = { as, id, base, npages, hva: Math.max(hva, 0), flags: FLAGS[after] }
                const moves = kind === 'move' || kind === 'batch-move'
                const stands = moves && !(id === 1 && as === 0)
                const ops = [
                  vcpu,
                  set(first),
                  ...(stands ? [set(elsewhere(second)), ...(as === 0 ? [write(65)] : [])] : []),
                  write(18),
                  write(23, '5a'),
                  ...change(kind, second),
                  lookup(base, as),
                  lookup(base + npages - 1, as),
                  lookup(18),
                  read(23),
                  get(1),
                  ...(id === 1 && as === 0 ? [] : [get(id, as)]),
                  ...(alias ? [hvaRange(HOST, 8)] : []),
                ]
                const where = `${id === 1 ? 'same' : 'other'}-slot/${as === 0 ? 'same' : 'other'}-space`
                yield {
                  id: `relations/${kind}/${relation}/${before}-${after}/${where}${alias ? '/alias' : ''}`,
                  says: `${kind}: a range that lies ${relation} to a slot's${alias ? ', backed by the same host pages' : ''}`,
                  config: {},
                  ops,
                }
              }
}

/** Every relation of two ranges × operation × flags × same or other slot × same or other space × alias or not. */
export const relationDrafts = (): Iterable<Draft> => drafts()

/** The first slot deleted and another put in its place: the case of the thread, one call after the other. */
export const replaceOneByOne = function* (): Generator<Draft> {
  for (const relation of relations) {
    const [base, npages] = RELATIONS[relation]
    for (const flags of flagNames) {
      yield {
        id: `relations/one-by-one/${relation}/${flags}`,
        says: `delete, then create ${relation}: between the two calls the range is a hole`,
        config: { profile: 'linux' },
        ops: [
          vcpu,
          set({ ...FIRST, flags: 1 }),
          write(18),
          remove(1),
          read(18),
          lookup(18),
          set({ id: 2, base, npages, hva: HOST + base - 16, flags: FLAGS[flags] }),
          read(18),
          get(2),
        ],
      }
    }
  }
}
