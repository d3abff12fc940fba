import { constants } from 'node:os'

/** Two names share a number on Linux; KVM's documents use the other one of each pair. */
const ALIASES = new Set(['EWOULDBLOCK', 'ENOTSUP'])

const NAMES: ReadonlyMap<number, string> = new Map(
  Object.entries(constants.errno)
    .filter(([name]) => !ALIASES.has(name))
    .map(([name, number]) => [number, name]),
)

/** The name of an error, like `EINVAL`; `E` and the number where it has none. */
export const errnoName = (errno: number): string => NAMES.get(errno) ?? `E${errno}`
