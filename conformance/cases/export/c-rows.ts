import { constants } from 'node:os'
import { fromBytes } from '../../../spec/terms/memory.js'
import type { EnableCapCall, HostProtectCall } from '../../../spec/terms/operation.js'
import type { Run } from '../../../spec/terms/page-set.js'
import type { Allowed } from '../case.js'
import { gpaOf, type KernelOperation } from './kernel-operation.js'

/*
 * Operations and answers as rows of C, for c/memslot_calls.h. Every program in C is made of them: that of the suite, and
 * that of a trace.
 */

type Value = string | number | bigint | boolean | null
export type Fields = Readonly<Record<string, Value>>

/** A number as C has it; addresses and sizes, which have 64 bits, in hexadecimal. */
export const number = (n: bigint | number): string =>
  typeof n === 'bigint' || n > 0xffff ? `0x${n.toString(16)}ULL` : `${n}`

/** An initializer of a struct by names. A string is an expression; what is 0 is left to C. */
export const init = (fields: Fields): string => {
  const given = Object.entries(fields).flatMap(([name, value]) => {
    if (value === null || value === false || value === 0 || value === 0n) return []
    const text = typeof value === 'string' ? value : value === true ? 'true' : number(value)
    return [`.${name} = ${text}`]
  })
  return `{ ${given.length === 0 ? '0' : given.join(', ')} }`
}

const octal = (byte: number): string => `\\${byte.toString(8).padStart(3, '0')}`

/** A string as C has it; what is no plain character of ASCII stands in octal. */
export const quoted = (text: string): string =>
  `"${text.replace(/[^ -~]|["\\?]/gu, one => [...Buffer.from(one)].map(octal).join(''))}"`

/** Tables that many rows share, each once, by name. */
export const shared = (prefix: string, type: string) => {
  const names = new Map<string, string>()
  return {
    nameOf: (rows: readonly string[]): string | null => {
      if (rows.length === 0) return null
      const text = rows.join(', ')
      const name = names.get(text) ?? `${prefix}${names.size}`
      names.set(text, name)
      return name
    },
    text: (): string =>
      [...names].map(([text, name]) => `static const ${type} ${name}[] = { ${text} };\n`).join(''),
  }
}

const ENDS: Readonly<Record<string, string>> = {
  data: 'END_DATA',
  mmio: 'END_MMIO',
  fault: 'END_FAULT',
  exit: 'END_EXIT',
  shutdown: 'END_SHUTDOWN',
  'never returns': 'END_NEVER',
}

/** An errno by its name; what is none that C knows is one that no kernel answers. */
const errnoInC = (name: string): string => (Object.hasOwn(constants.errno, name) ? name : '-1')

const CAPS = {
  'manual-dirty-log-protect2': 'KVM_CAP_MANUAL_DIRTY_LOG_PROTECT2',
  'dirty-log-ring': 'KVM_CAP_DIRTY_LOG_RING',
} as const satisfies Readonly<Record<EnableCapCall['cap'], string>>

const RIGHTS = {
  none: 'PROT_NONE',
  read: 'PROT_READ',
  all: 'PROT_READ | PROT_WRITE',
} as const satisfies Readonly<Record<HostProtectCall['rights'], string>>

const ACCESSES = { read: 'READ', write: 'WRITE', rmw: 'EXCHANGE', fetch: 'FETCH' } as const

/** Flags of a region, by their names where they have one. */
const FLAGS: readonly Value[] = [
  0,
  'KVM_MEM_LOG_DIRTY_PAGES',
  'KVM_MEM_READONLY',
  'KVM_MEM_LOG_DIRTY_PAGES | KVM_MEM_READONLY',
]

/** What a person is told of an operation; a table of cases has nothing of it. */
export interface Words {
  readonly says: string
  /** The answer that was recorded; null where there is none. */
  readonly recorded: { readonly answer: Allowed; readonly says: string } | null
  readonly sayAllowed: (one: Allowed) => string
}

const listOf = (data: string): string => [...fromBytes(data)].join(', ')

/** Rows of operations, and the tables that they refer to. */
export const operationRows = () => {
  const runs = shared('runs_', 'struct run')
  const exits = shared('mmio_', 'struct mmio')
  const bytes = shared('bytes_', 'unsigned char')
  const answers = shared('answers_', 'struct answer')

  const pages = (name: string, list: readonly Run[]): Fields => ({
    [name]: runs.nameOf(list.map(([first, count]) => `{ ${number(first)}, ${number(count)} }`)),
    [`n${name}`]: list.length,
  })
  const exitOf = ({ gpa, size, data }: NonNullable<Allowed['mmio']>[number]): string =>
    init({ gpa, size, writes: data !== undefined, data: data === undefined ? null : `{ ${listOf(data)} }` })

  const answer = ({ errno, end, bits, maybe, data, mmio }: Allowed, says: string | null): string =>
    init({
      error: errno === undefined ? null : errnoInC(errno),
      end: end === undefined ? null : (ENDS[end] ?? 'END_OTHER'),
      ...(bits === undefined ? {} : { tells: true, ...pages('bits', bits), ...pages('maybe', maybe ?? []) }),
      ...(data === undefined ? {} : { ndata: data.length / 2, data: `{ ${listOf(data)} }` }),
      ...(mmio === undefined
        ? {}
        : { known: true, mmio: exits.nameOf(mmio.map(exitOf)), nmmio: mmio.length }),
      says: says === null ? null : quoted(says),
    })

  const fieldsOf = (o: KernelOperation): Fields => {
    switch (o.op) {
      case 'set': {
        const { as, id, gpa, size, hva, flags } = o
        const what = o.ioctl === 2 ? 'CALL_SET2' : 'CALL_SET'
        return { what, as, id, flags: FLAGS[flags] ?? flags, gpa, size, hva }
      }
      case 'get-dirty':
        return { what: 'CALL_GET', as: o.as, id: o.id }
      case 'clear-dirty': {
        const { as, id, first, count } = o
        return { what: 'CALL_CLEAR', as, id, first, count, ...pages('pages', o.pages) }
      }
      case 'enable-cap': {
        const args = o.args.slice(0, 4).map(number)
        return { what: 'CALL_CAP', cap: CAPS[o.cap], flags: o.flags, args: `{ ${args.join(', ') || '0'} }` }
      }
      case 'create-vcpu':
        return { what: 'CREATE_VCPU', vcpu: o.vcpu }
      case 'host-protect':
        return { what: 'HOST_PROTECT', hva: o.hva, size: o.size, rights: RIGHTS[o.rights] }
      case 'poke':
        return {
          what: 'HOST_WRITE',
          hva: o.hva,
          size: o.data.length / 2,
          data: bytes.nameOf([listOf(o.data)]),
        }
      case 'read':
      case 'fetch':
        return { what: ACCESSES[o.op], vcpu: o.vcpu, gpa: gpaOf(o), size: o.size }
      case 'write':
      case 'rmw': {
        const size = o.data.length / 2
        return {
          what: ACCESSES[o.op],
          vcpu: o.vcpu,
          gpa: gpaOf(o),
          size,
          data: bytes.nameOf([listOf(o.data)]),
        }
      }
    }
  }

  return {
    /** A row of `struct op`. */
    row: (operation: KernelOperation, allow: readonly Allowed[], words: Words | null): string => {
      const recorded = words?.recorded ?? null
      return init({
        ...fieldsOf(operation),
        bad_argument: 'argument' in operation,
        bad_bitmap: 'bitmap' in operation,
        stranger: 'caller' in operation,
        allow: answers.nameOf(allow.map(one => answer(one, words?.sayAllowed(one) ?? null))),
        nallow: allow.length,
        recorded: recorded === null ? null : answers.nameOf([answer(recorded.answer, recorded.says)]),
        says: words === null ? null : quoted(words.says),
      })
    },
    /** The tables, which stand before the rows. */
    text: (): string => [runs, exits, bytes, answers].map(table => table.text()).join(''),
  }
}
