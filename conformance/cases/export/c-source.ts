import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { packageRoot } from '../../package-root.js'

const HERE = 'conformance/cases/export/c'

/** Parts that programs include by name. */
export const PARTS = [
  'memslot_types.h',
  'memslot_kernel.h',
  'memslot_answers.h',
  'memslot_calls.h',
  'memslot_guest.h',
  'memslot_vcpu.h',
] as const

/** A file in C, as it stands beside others that it includes. */
export const fileInC = (name: string): string => readFileSync(join(packageRoot(), HERE, name), 'utf8')

/** The same for a program that is one file: what it includes of ours stands in it. */
export const sourceInC = (name: string): string =>
  PARTS.reduce(
    (text, part) => {
      const line = `#include "${part}"\n`
      return text.includes(line) ? text.replace(line, () => sourceInC(part)) : text
    },
    fileInC(name).replace(/^\/[/*] SPDX-License-Identifier.*\n/, ''),
  )
