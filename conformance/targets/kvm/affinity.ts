import { createRequire } from 'node:module'

/** `cpu_set_t` has 1024 bits. */
const BYTES = 128

interface Koffi {
  load(path: string | null): {
    func(name: string, result: string, parameters: readonly string[]): (...given: unknown[]) => unknown
  }
}

const bound = () => {
  const koffi = createRequire(import.meta.url)('koffi') as Koffi
  const libc = koffi.load(null)
  const parameters = ['int', 'size_t', 'void *']
  return {
    get: libc.func('sched_getaffinity', 'int', parameters),
    set: libc.func('sched_setaffinity', 'int', parameters),
  }
}

/** The processors that this thread may run on. */
export const allowedCpus = (): readonly number[] => {
  const bits = Buffer.alloc(BYTES)
  const got = Number(bound().get(0, BYTES, bits))
  if (got < 0) return []
  return Array.from({ length: BYTES * 8 }, (_, i) => i).filter(i => ((bits[i >> 3] ?? 0) >> (i & 7)) & 1)
}

/** This thread runs on one of them from now on. Unpinned, the scheduler puts both on one, and races go unseen. */
export const pinTo = (cpu: number): void => {
  const bits = Buffer.alloc(BYTES)
  bits[cpu >> 3] = 1 << (cpu & 7)
  bound().set(0, BYTES, bits)
}
