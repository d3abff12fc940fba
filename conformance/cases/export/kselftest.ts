import { defaultParameters } from '../../../spec/terms/parameters.js'
import type { Case } from '../case.js'
import { init, operationRows, shared } from './c-rows.js'
import { fileInC, PARTS } from './c-source.js'
import { testRows } from './c-test.js'
import type { ExportedFile } from './json-export.js'
import { type KernelOperation, operationsInC } from './kernel-operation.js'

/** Features that the program has, if the kernel has them. */
const NEEDS: ReadonlySet<string> = new Set([
  ...[
    'set',
    'profile',
    'bad-pointer',
    'dirty-log',
    'dirty-ring',
    'region2',
    'spaces',
    'stranger',
    'vcpu',
    'poke',
    'host-protect',
    'mmio',
  ],
])

/** Features that the program has, for who asks whether a case can be put to it. */
export const EXPORTED_FEATURES: readonly string[] = [...NEEDS]

/** Parameters that no kernel chooses, or that do not matter to these operations. Where a case has others it is left out. */
const CONFIG = ['profile', 'exact', 'errors', 'spaces', 'arch']
/** And what the end of arm64's user space is, which its kernels are built for. */
const CONFIG_OF_ARM = [...CONFIG, 'hvaLimit']

/** A case all of whose operations the program can do; null for another one. */
const exportable = ({ config, needs, ops }: Case): readonly KernelOperation[] | null => {
  const { profile = 'linux', spaces = defaultParameters.spaces, arch } = config
  const isOfArm = arch === 'arm64'
  const isPlain = Object.keys(config).every(name => (isOfArm ? CONFIG_OF_ARM : CONFIG).includes(name))
  if (!isPlain || profile !== 'linux' || spaces !== defaultParameters.spaces) return null
  if (arch !== undefined && !isOfArm) return null
  if (!needs.every(need => NEEDS.has(need) || (need === 'limits' && isOfArm))) return null
  const { done, left } = operationsInC(ops.map(operation => ({ operation })))
  return left.length > 0 ? null : done.map(({ operation }) => operation)
}

/** The cases that a kernel can be asked by calls, and by accesses of a guest of the program's own, as a table in C. */
export const kselftestCases = (
  cases: readonly Case[],
): { readonly ids: readonly string[]; readonly text: string } => {
  const rows = operationRows()
  const tests = testRows()
  const lists = shared('ops_', 'struct op')
  const ids: string[] = []
  const all: string[] = []
  for (const one of cases) {
    const operations = exportable(one)
    const fields = operations === null ? null : tests.fields(one.id, one.config, operations)
    if (operations === null || fields === null) continue
    const list = operations.map((o, i) => rows.row(o, one.allow[i] ?? [], null))
    ids.push(one.id)
    // A case that names the number of spaces is about it, whichever it touches.
    const named = one.config.spaces === undefined ? {} : { space: one.config.spaces - 1 }
    all.push(`\t${init({ ...fields, ...named, ops: lists.nameOf(list), nops: list.length })},`)
  }
  const text = [
    '/* SPDX-License-Identifier: MIT OR GPL-2.0-only */\n',
    '/* Made by `memslot cases --export kselftest`; included by memslot_test.c. */\n',
    rows.text(),
    tests.text(),
    lists.text(),
    `static const struct test tests[] = {\n${all.join('\n')}\n};\n`,
  ].join('')
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

/** A program in C that asks a kernel every case which needs no registers of a guest: TAP, no headers but the kernel's uapi. */
export const kselftestExport = (cases: readonly Case[]): readonly ExportedFile[] => [
  ...['memslot_test.c', ...PARTS].map(path => ({ path, text: fileInC(path) })),
  { path: 'memslot_cases.h', text: kselftestCases(cases).text },
  { path: 'Makefile', text: MAKEFILE },
]
