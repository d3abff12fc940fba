import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { SetCall } from '../../../spec/terms/operation.js'
import { packageRoot } from '../../package-root.js'
import { callsOf, EDITS, type Edit, FRAMES, setCallOf, TOUCHED } from '../edit.js'

const MAIN = 'memslot_race.c'
const PARTS = [MAIN, 'memslot_racing.h', 'memslot_race_x86.h', 'memslot_race_arm64.h']
const HERE = 'conformance/race/exported/c'

/** Addresses in the table are offsets. */
const NOWHERE = { gpa: 0n, hva: 0n }

const row = ({ id, flags, gpa, size, hva }: SetCall): string =>
  `{ ${id}, ${flags}, 0x${gpa.toString(16)}, 0x${size.toString(16)}, 0x${hva.toString(16)} }`

const table = (name: string, calls: readonly SetCall[]): string =>
  calls.length === 0 ? '' : `static const struct call ${name}[] = { ${calls.map(row).join(', ')} };\n`

/** The calls of an edit as tables in C, and its row among edits. */
const ofEdit = (edit: Edit, i: number): { readonly tables: string; readonly row: string } => {
  const first = (edit.sets[0] ?? []).map(now => setCallOf({ old: null, now }, NOWHERE))
  const calls = callsOf(edit).map(call => setCallOf(call, NOWHERE))
  const name = calls.length === 0 ? 'NULL' : `calls_${i}`
  return {
    tables: table(`first_${i}`, first) + table(name, calls),
    row: `\t{ "${edit.id}", first_${i}, ${first.length}, ${name}, ${calls.length} },\n`,
  }
}

const editsHeader = (): string => {
  const each = EDITS.map(ofEdit)
  return [
    '// SPDX-License-Identifier: MIT OR GPL-2.0-only\n',
    '/* Made by `memslot cases --export kselftest`; included by memslot_racing.h. */\n',
    `#define EDITED_PAGES ${FRAMES}\n#define TOUCHED_PAGE ${TOUCHED}\n`,
    ...each.map(({ tables }) => tables),
    `static const struct edit edits[] = {\n${each.map(one => one.row).join('')}};\n`,
  ].join('')
}

/** The race as a program in C, for kernels that have no Node: what it prints `memslot race --records` judges. */
export const raceExport = () => ({
  main: MAIN,
  files: [
    ...PARTS.map(path => ({ path, text: readFileSync(join(packageRoot(), HERE, path), 'utf8') })),
    { path: 'memslot_edits.h', text: editsHeader() },
  ],
})
