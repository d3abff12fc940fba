import type { Config } from '../../../oracle/wire/config.js'
import type { Operation } from '../../../spec/terms/operation.js'
import type { Exhaustive, Posed } from './exhaustive.js'

/** A case without the fields that all cases of its family share. */
export interface Short {
  readonly id: string
  readonly ops: readonly Operation[]
}

export interface Listed {
  readonly name: string
  /** What every case of the family shows. */
  readonly says: string
  readonly cites: readonly string[]
  readonly config: Config
  readonly setup: readonly Operation[]
  /** Whether it is small enough to be run whole. */
  readonly whole?: boolean
  /** A function that makes each case: only those that are asked are made. */
  readonly cases: () => Iterable<() => Short>
}

/** A family whose cases are listed one after the other, and counted when the count is first asked for. */
export const listed = ({ name, says, cites, config, setup, cases, whole = false }: Listed): Exhaustive => {
  let known: readonly (() => Short)[] | null = null
  const all = () => {
    known ??= [...cases()]
    return known
  }
  return {
    name,
    cites,
    whole,
    get count() {
      return all().length
    },
    at: (i): Posed => {
      const make = all()[i]
      if (make === undefined) throw new Error(`${name} has no case ${i}`) // callers stay below the count
      const { id, ops } = make()
      return { id: `${name}/${id}`, says, config, setup, ops }
    },
  }
}
