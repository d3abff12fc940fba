import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { parametersOf } from '../oracle/wire/config.js'
import { ARCHITECTURE_NAMES, ARCHITECTURES, type ArchitectureName } from '../spec/terms/architectures.js'
import { VM_TYPE_NAMES, type VmTypeName } from '../spec/terms/vm-types.js'
import { packageRoot } from './package-root.js'

const page = readFileSync(join(packageRoot(), 'docs/semantics.md'), 'utf8')

/** The rows of the table below a heading, each by its first cell. */
const tableBelow = (heading: string): readonly (readonly string[])[] =>
  (page.split(`### ${heading}\n`)[1] ?? '')
    .split(/^#{2,3} /m)
    .slice(0, 1)
    .flatMap(text => text.split('\n'))
    .filter(line => line.startsWith('| '))
    .map(line =>
      line
        .split('|')
        .slice(1, -1)
        .map(cell => cell.trim()),
    )

const frames = (maxGfn: number): string => `2${maxGfn === 2 ** 28 - 1 ? '²⁸' : '⁴⁰'}−1`

/** What the page must say of an architecture, by the first cell of the row. */
const told = (name: ArchitectureName): Readonly<Record<string, string>> => {
  const { pageSize, ...at } = ARCHITECTURES[name]
  return {
    'page size': String(pageSize),
    'address spaces': String(at.spaces),
    'user slots': String(at.slotLimit),
    'last frame': frames(at.maxGfn),
    'a slot beyond it': at.beyondMaxGfn,
    'end of user space': `0x${at.hvaLimit.toString(16)}`,
    'RO slots': at.readonlyMem ? 'yes' : 'no',
    "guest's tables": at.secondStage === 'tdp' ? 'second stage' : 'shadow',
    'a fault of the processor at an INVALID slot': at.invalid,
    'a fetch from a hole': at.failedFetch,
  }
}

describe('the page of the semantics', () => {
  const [head = [], ...rows] = tableBelow('Architectures')

  it.each(ARCHITECTURE_NAMES)('says of %s what a configuration that names it has', name => {
    const column = head.indexOf(name)
    expect(column).toBeGreaterThan(0)
    for (const [what, is] of Object.entries(told(name))) {
      const row = rows.find(([first]) => first === what)
      expect([what, row?.[column]?.startsWith(is)]).toEqual([what, true])
    }
    expect(rows.length).toBe(Object.keys(told(name)).length)
  })

  it.each(VM_TYPE_NAMES)('says of a VM of type %s what a configuration that names it has', name => {
    const row = tableBelow('Types of VMs').find(([types = '']) => types.split(', ').includes(name))
    const { spaces, readonlyMem, guestMemfd } = parametersOf({ vmType: name satisfies VmTypeName })
    const yes = (is: boolean): string => (is ? 'yes' : 'no')
    expect(row?.slice(1)).toEqual([String(spaces), yes(readonlyMem), yes(guestMemfd)])
  })

  it('leaves to a configuration what it gives beside a name', () => {
    expect(parametersOf({ arch: 'arm64', maxGfn: 7 })).toMatchObject({
      maxGfn: 7,
      spaces: 1,
      invalid: 'hole',
    })
    expect(parametersOf({ arch: 'x86-shadow', vmType: 'snp' })).toMatchObject({
      secondStage: 'shadow',
      spaces: 1,
      readonlyMem: false,
    })
    expect(parametersOf({ arch: 'arm64', vmType: 'default' }).spaces).toBe(1)
  })
})
