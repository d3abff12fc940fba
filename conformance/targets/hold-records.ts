import { inOrder, type Program } from '../../oracle/wire/program.js'
import type { TraceRecord } from '../../oracle/wire/record.js'
import { isAccess, isOfFetchPath, isVirtual, type Operation } from '../../spec/terms/operation.js'
import type { Seen } from '../../spec/terms/result.js'
import { differenceOf, type Misfit, shown } from './same-operation.js'

export type { Misfit } from './same-operation.js'

/** What is taken of a run, record by record, and what was answered. */
export interface HeldRecords {
  /** Null where the record may stand here; else what is wrong with it. */
  take(record: TraceRecord): Misfit | null
  /** What is missing where the run ends now; null where it is whole. */
  missing(): Misfit | null
  /** The answers in the order in which the operations were asked, up to the first that has none. */
  answers(): readonly Seen[]
}

/** An operation that was asked, in its place among all, with its answer. */
interface Asked {
  readonly operation: Operation
  seen: Seen | null
}

interface Open {
  readonly tid: number
  readonly asked: Asked
}

const misfit = (path: string, found: unknown, expected: string): Misfit => ({
  path,
  found: shown(found),
  expected,
})

/**
 * The operation without what a record may say more exactly than it was asked: who made an access by linear address, where that is
 * left open, and which processor there was.
 */
const asAsked = (asked: Operation, done: Operation): Operation => {
  if (asked === done) return done
  if (isVirtual(done) && isVirtual(asked) && asked.op === done.op && asked.by === undefined) {
    const { by: _, ...rest } = done
    return rest as Operation // only an option goes
  }
  if (done.op !== 'registers' || asked.op !== done.op || done.cpu === undefined) return done
  const { cpu: _, ...rest } = done
  return asked.cpu === undefined ? rest : { ...rest, cpu: asked.cpu }
}

const kindOf = (operation: Operation): 'call' | 'access' => (isAccess(operation) ? 'access' : 'call')

/** What an operation may answer besides success and `generation`, an errno, or how an access ended. */
const FIELDS: Readonly<Partial<Record<Operation['op'], readonly string[]>>> = {
  batch: ['retired', 'retiredCount', 'index', 'bound'],
  'get-dirty': ['bits', 'bytes'],
  lookup: ['found'],
  'hva-range': ['ranges'],
  registers: ['exception'],
  ...Object.fromEntries(['read', 'write', 'rmw'].map(op => [op, ['mmio']])),
  rsm: ['exception'],
}
const OF_LINEAR_ACCESS = ['exception', 'exit', 'gpa', 'rights', 'mmio']
const ALWAYS = ['is', 'end', 'errno', 'generation', 'data']

/** A field that no answer to the operation has; null where there is none. */
export const strayField = (operation: Operation, seen: Seen): string | null => {
  const own = FIELDS[operation.op] ?? (isOfFetchPath(operation) ? OF_LINEAR_ACCESS : [])
  const stray = Object.entries(seen).find(
    ([name, value]) =>
      value !== undefined && !ALWAYS.includes(name) && !own.includes(name) && !name.startsWith('x-'),
  )
  return stray?.[0] ?? null
}

/**
 * Holds the records of a run to the program that was asked: each thread begins its operations in order, one after the
 * other and as they were asked, each with a number of its own, and each ends once. Across threads any order is taken.
 *
 * @param used the numbers that operations of this VM have had; those of this run are added
 */
export const holdRecords = (program: Program, used: Set<number> = new Set()): HeldRecords => {
  const asked = inOrder(program).map(({ tid, operation }) => ({
    tid,
    asked: { operation, seen: null } as Asked,
  }))
  const left = new Map<number, Asked[]>(program.threads.map(({ tid }) => [tid, []]))
  for (const one of asked) left.get(one.tid)?.push(one.asked)
  for (const queue of left.values()) queue.reverse()
  const open = new Map<number, Open>()
  const busy = new Map<number, number>()
  let ended = false

  const begin = (record: Extract<TraceRecord, { ev: 'call' | 'access' }>): Misfit | null => {
    const { n, tid, operation } = record
    const queue = left.get(tid)
    if (queue === undefined)
      return misfit('tid', tid, `a thread of the program: ${[...left.keys()].join(', ')}`)
    if (used.has(n)) return misfit('n', n, 'a number that no operation of this VM has had')
    const other = busy.get(tid)
    if (other !== undefined) return misfit('n', n, `the end of ${other}, which thread ${tid} has begun`)
    const next = queue.at(-1)
    if (next === undefined) return misfit('op', operation.op, `nothing more of thread ${tid}`)
    const different = differenceOf(next.operation, asAsked(next.operation, operation))
    if (different !== null) return different
    if (record.ev !== kindOf(operation)) return misfit('ev', record.ev, JSON.stringify(kindOf(operation)))
    if (record.ev === 'access' && record.parent !== undefined)
      return misfit('parent', record.parent, 'none: no operation of a program is a part of another')
    queue.pop()
    used.add(n)
    open.set(n, { tid, asked: next })
    busy.set(tid, n)
    return null
  }

  const finish = (record: Extract<TraceRecord, { ev: 'return' | 'access-end' }>): Misfit | null => {
    const { of, seen } = record
    const one = open.get(of)
    if (one === undefined) return misfit('of', of, 'the number of an operation in progress')
    const { tid, asked: answered } = one
    const end = isAccess(answered.operation) ? 'access-end' : 'return'
    if (record.ev !== end) return misfit('ev', record.ev, `"${end}" of ${answered.operation.op}`)
    const stray = strayField(answered.operation, seen)
    if (stray !== null)
      return misfit(
        stray,
        seen[stray as keyof Seen],
        `no such field in an answer to ${answered.operation.op}`,
      )
    answered.seen = seen
    open.delete(of)
    busy.delete(tid)
    return null
  }

  const isOpen = (of: number, kind: 'any' | 'access'): boolean => {
    const one = open.get(of)
    return one !== undefined && (kind === 'any' || isAccess(one.asked.operation))
  }

  return {
    take: record => {
      if (ended) return misfit('ev', record.ev, 'nothing after the end')
      switch (record.ev) {
        case 'call':
        case 'access':
          return begin(record)
        case 'return':
        case 'access-end':
          return finish(record)
        case 'access-wait':
          return isOpen(record.of, 'access')
            ? null
            : misfit('of', record.of, 'the number of an access in progress')
        case 'choice':
          if (record.of !== undefined && !isOpen(record.of, 'any'))
            return misfit('of', record.of, 'the number of an operation in progress')
          return record.tid === undefined || left.has(record.tid)
            ? null
            : misfit('tid', record.tid, 'a thread of the program')
        case 'header':
          return misfit('ev', 'header', 'any other record: a run has no header')
        case 'note':
          return null
        case 'end':
          ended = true
          return null
      }
    },
    missing: () => {
      const [begun] = open.keys()
      if (begun !== undefined) return misfit('', 'the end of the run', `the end of ${begun}, which has begun`)
      const [next] = [...left.values()].flatMap(queue => queue.slice(-1))
      return next === undefined
        ? null
        : misfit('', 'the end of the run', `${next.operation.op}, which was asked and has not begun`)
    },
    answers: () => {
      const seen = asked.map(one => one.asked.seen)
      const first = seen.indexOf(null)
      return (first < 0 ? seen : seen.slice(0, first)) as readonly Seen[] // no null before the first
    },
  }
}
