import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { pageOf } from '../../../spec/terms/numbers.js'
import type {
  ClearDirtyCall,
  EnableCapCall,
  GetDirtyCall,
  Operation,
  SetCall,
} from '../../../spec/terms/operation.js'
import type { Run } from '../../../spec/terms/page-set.js'
import { defaultParameters } from '../../../spec/terms/parameters.js'
import { packageRoot } from '../../package-root.js'
import type { Allowed, Case } from '../case.js'
import type { ExportedFile } from './json-export.js'

const HERE = 'conformance/cases/export'

/** The calls that the program makes: those that need no vCPU and no guest_memfd. */
type ExportedCall = SetCall | GetDirtyCall | ClearDirtyCall | EnableCapCall

/** Features that the program has, if the kernel has them. */
const NEEDS: Readonly<Record<string, string | null>> = {
  set: null,
  profile: null,
  'bad-pointer': null,
  'dirty-log': 'NEED_DIRTY_LOG',
  'dirty-ring': 'NEED_RING',
  region2: 'NEED_REGION2',
  spaces: 'NEED_SPACES',
}

/** Features that the program has, for who asks whether a case can be put to it. */
export const EXPORTED_FEATURES: readonly string[] = Object.keys(NEEDS)

/** Parameters that no kernel chooses, or that do not matter without a guest. Where a case has others it is left out. */
const CONFIG = new Set(['profile', 'exact', 'errors', 'spaces', 'arch'])

const isExportedCall = (o: Operation): o is ExportedCall => {
  if ('caller' in o || 'allocation' in o || 'generation' in o || 'memfd' in o) return false
  return o.op === 'set' || o.op === 'get-dirty' || o.op === 'clear-dirty' || o.op === 'enable-cap'
}

/** What arm64 does, with the limits that it has. */
const isOfArm = ({ config }: Case): boolean => config.arch === 'arm64'

/** A case all of whose calls the program can make; null for another one. */
const exportable = (one: Case): readonly ExportedCall[] | null => {
  const { profile = 'linux', spaces = defaultParameters.spaces } = one.config
  const isPlain = Object.keys(one.config).every(name => CONFIG.has(name))
  if (!isPlain || profile !== 'linux' || spaces !== defaultParameters.spaces) return null
  if (one.config.arch !== undefined && !isOfArm(one)) return null
  if (one.needs.some(need => !Object.hasOwn(NEEDS, need) && !(need === 'limits' && isOfArm(one)))) return null
  return one.ops.every(isExportedCall) ? (one.ops as readonly ExportedCall[]) : null
}

/** A number as C has it. */
const number = (n: bigint | number): string => (n > 0xffffn || n > 0xffff ? `0x${n.toString(16)}ULL` : `${n}`)

const needsOf = (one: Case, calls: readonly ExportedCall[]): string => {
  const { needs } = one
  const touchesOther = calls.some(o => 'as' in o && o.as > 0 && o.as < defaultParameters.spaces)
  const { hvaLimit } = defaultParameters
  const isNearEnd = calls.some(o => o.op === 'set' && o.hva + o.size > hvaLimit / 2n && o.hva > 0n)
  const names = new Set([
    ...needs.flatMap(need => NEEDS[need] ?? []),
    ...(touchesOther && !isOfArm(one) ? ['NEED_SPACES'] : []),
    ...(isNearEnd && !isOfArm(one) ? ['NEED_X86'] : []),
    ...(isOfArm(one) ? ['NEED_ARM64'] : []),
  ])
  return names.size === 0 ? '0' : [...names].sort().join(' | ')
}

/** The last frame of any region of the calls. */
const lastOf = (calls: readonly ExportedCall[]): number =>
  Math.max(0, ...calls.map(o => (o.op === 'set' ? pageOf(o.gpa) + pageOf(o.size) - 1 : 0)))

/** The most pages that a bitmap of the calls is of: those of a slot, or as many as a CLEAR is given. */
const pagesOf = (calls: readonly ExportedCall[]): number =>
  Math.max(0, ...calls.map(o => (o.op === 'set' ? pageOf(o.size) : o.op === 'clear-dirty' ? o.count : 0)))

const greatestOf = (calls: readonly ExportedCall[]): number =>
  Math.max(0, ...calls.map(o => ('id' in o ? o.id : 0)))

/** Tables that many cases share, each once, by name. */
const shared = (prefix: string, type: string) => {
  const names = new Map<string, string>()
  return {
    nameOf: (rows: readonly string[]): string => {
      if (rows.length === 0) return 'NULL'
      const text = rows.join(', ')
      const known = names.get(text)
      if (known !== undefined) return known
      const name = `${prefix}${names.size}`
      names.set(text, name)
      return name
    },
    text: (): string =>
      [...names].map(([text, name]) => `static const struct ${type} ${name}[] = { ${text} };`).join('\n'),
  }
}

type Shared = ReturnType<typeof shared>

const runRows = (runs: readonly Run[] | undefined): readonly string[] =>
  (runs ?? []).map(([first, count]) => `{ ${number(first)}, ${number(count)} }`)

const answerRow = (runs: Shared, { errno, bits, maybe }: Allowed): string => {
  if (errno !== undefined) return `{ ${errno}, 0, NULL, 0, NULL, 0 }`
  const [set, may] = [runRows(bits), runRows(maybe)]
  return `{ 0, ${bits === undefined ? 0 : 1}, ${runs.nameOf(set)}, ${set.length}, ${runs.nameOf(may)}, ${may.length} }`
}

const CAPS = {
  'manual-dirty-log-protect2': 'KVM_CAP_MANUAL_DIRTY_LOG_PROTECT2',
  'dirty-log-ring': 'KVM_CAP_DIRTY_LOG_RING',
} as const satisfies Readonly<Record<EnableCapCall['cap'], string>>

const opRow = (runs: Shared, answers: Shared, o: ExportedCall, allow: readonly Allowed[]): string => {
  const badArgument = 'argument' in o && o.argument === 'bad' ? 1 : 0
  const badBitmap = 'bitmap' in o && o.bitmap === 'bad' ? 1 : 0
  const rows = allow.map(one => answerRow(runs, one))
  const end = (pages: readonly string[]) =>
    `${badArgument}, ${badBitmap}, ${runs.nameOf(pages)}, ${pages.length}, ${answers.nameOf(rows)}, ${rows.length} }`
  switch (o.op) {
    case 'set':
      return `{ ${o.ioctl === 2 ? 'CALL_SET2' : 'CALL_SET'}, ${o.as}, ${o.id}, ${number(o.flags)}, ${number(o.gpa)}, ${number(o.size)}, ${number(o.hva)}, ${end([])}`
    case 'get-dirty':
      return `{ CALL_GET, ${o.as}, ${o.id}, 0, 0, 0, 0, ${end([])}`
    case 'clear-dirty':
      return `{ CALL_CLEAR, ${o.as}, ${o.id}, 0, ${number(o.first)}, ${number(o.count)}, 0, ${end(runRows(o.pages))}`
    case 'enable-cap':
      return `{ CALL_CAP, 0, 0, ${number(o.flags)}, ${CAPS[o.cap]}, ${number(o.args[0] ?? 0n)}, 0, ${end([])}`
  }
}

/** Cases whose first argument alone matters: the struct that the program passes has the others as zero. */
const hasOneArgument = (o: ExportedCall): boolean =>
  o.op !== 'enable-cap' || o.args.slice(1).every(n => n === 0n)

/** The cases that a kernel can be asked by calls alone, as a table in C. */
export const kselftestCases = (
  cases: readonly Case[],
): { readonly ids: readonly string[]; readonly text: string } => {
  const runs = shared('runs_', 'run')
  const answers = shared('answers_', 'answer')
  const ops = shared('ops_', 'op')
  const ids: string[] = []
  const rows = cases.flatMap(one => {
    const calls = exportable(one)
    if (calls === null || !calls.every(hasOneArgument)) return []
    ids.push(one.id)
    const of = calls.map((o, i) => opRow(runs, answers, o, one.allow[i] ?? []))
    return [
      `\t{ ${JSON.stringify(one.id)}, ${needsOf(one, calls)}, ${number(lastOf(calls))}, ${number(pagesOf(calls))}, ${greatestOf(calls)}, ${ops.nameOf(of)}, ${of.length} },`,
    ]
  })
  const text = [
    '// SPDX-License-Identifier: MIT OR GPL-2.0-only',
    '/* Made by `memslot cases --export kselftest`; included by memslot_test.c. */',
    runs.text(),
    answers.text(),
    ops.text(),
    `static const struct test tests[] = {\n${rows.join('\n')}\n};\n`,
  ].join('\n')
  return { ids, text }
}

/** Each file in C is a program; headers are tables that one of them includes. */
const MAKEFILE = `# SPDX-License-Identifier: MIT OR GPL-2.0-only
CFLAGS ?= -O2 -static -pthread -Wall -Wextra -Werror
PROGRAMS := $(patsubst %.c,%,$(wildcard *.c))

all: $(PROGRAMS)

%: %.c $(wildcard *.h)
\t$(CC) $(CFLAGS) -o $@ $<

run: memslot_test
\t./memslot_test

clean:
\trm -f $(PROGRAMS)
.PHONY: all run clean
`

/** A program in C that asks a kernel every case which needs no running guest: TAP, no headers but the kernel's uapi. */
export const kselftestExport = (cases: readonly Case[]): readonly ExportedFile[] => [
  { path: 'memslot_test.c', text: readFileSync(join(packageRoot(), HERE, 'memslot_test.c'), 'utf8') },
  { path: 'memslot_cases.h', text: kselftestCases(cases).text },
  { path: 'Makefile', text: MAKEFILE },
]
