import { TWO_TO_64 } from '../../../spec/terms/numbers.js'
import type { Draft } from '../draft/calls.js'
import { type FieldName, type Probe, probe } from './constants-fields.js'
import { CONSTANTS, type Constant } from './constants-table.js'

/** A field that a constant governs, with a number near the constant in it. */
export interface Near {
  readonly id: string
  readonly constant: Constant
  readonly field: FieldName
  readonly n: bigint
  readonly probe: Probe
  /** Whether the call succeeds, by the table. */
  readonly legal: boolean
}

/** The constant, one off, half and double. */
const numbersNear = (value: bigint): readonly bigint[] => [
  ...new Set([value / 2n, value - 1n, value, value + 1n, 2n * value]),
]

const isU64 = (n: unknown): boolean => typeof n !== 'bigint' || (n >= 0n && n < TWO_TO_64)

/** Whether the call can carry its numbers: 2^53 pages are no u64 of bytes. */
const isCarried = ({ call }: Probe): boolean => {
  const entries = call.op === 'batch' ? call.entries : []
  return [call, ...entries].every(words => Object.values(words).every(isU64))
}

/** Every constant of the table in every field it governs. */
export const nearConstants = function* (): Generator<Near> {
  for (const constant of CONSTANTS) {
    const { name, value, governs } = constant
    for (const [field, legal] of Object.entries(governs) as [FieldName, (typeof governs)[FieldName] & {}][]) {
      for (const n of numbersNear(value)) {
        const probed = probe(field, n)
        if (!isCarried(probed)) continue
        yield {
          id: `constants/${name}/${field}/${n}`,
          constant,
          field,
          n,
          probe: probed,
          legal: legal(n, value),
        }
      }
    }
  }
}

const nearness = (n: bigint, value: bigint): string => {
  if (n === value) return 'is the constant'
  if (n === value - 1n) return 'is one less'
  if (n === value + 1n) return 'is one more'
  return n < value ? 'is half' : 'is double'
}

/** A suite of boundaries: what a wrong constant in a check accepts or refuses. */
export const constantDrafts = function* (): Generator<Draft> {
  for (const { id, constant, field, n, probe } of nearConstants()) {
    yield {
      id,
      says: `${constant.name} is ${constant.value} ${constant.unit}: ${field} of ${n} ${nearness(n, constant.value)}`,
      config: probe.config,
      ops: [...probe.before, probe.call, ...probe.after],
    }
  }
}
