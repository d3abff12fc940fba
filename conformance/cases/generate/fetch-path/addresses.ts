import type { Draft } from '../../draft/calls.js'
import { fetch, registers, SETUP } from '../../draft/fetch-layout.js'
import { draft } from './draft.js'

/** Limits that end an instruction on its second page, and addresses that are not canonical. */
export const addressCases = function* (): Generator<Draft> {
  const flat = registers('none')
  for (const limit of [0x1_0fff, 0x1_1000, 0x1_1001, 0x1_1002, 0x1_1003])
    yield draft(
      `linear/limit-${limit.toString(16)}`,
      'a limit on the second page, by how many bytes it leaves',
      [...SETUP, { ...flat, cs: { ...flat.cs, limit } }, fetch(0x1_0ffan, 9)],
    )
  for (const rip of [0x7fff_ffff_ffffn, 0x8000_0000_0000n, 0xffff_7fff_ffff_ffffn])
    for (const paging of ['4-level', '5-level'] as const)
      yield draft(`linear/${paging}/${rip.toString(16)}`, 'whether an address is canonical, by its width', [
        ...SETUP,
        registers(paging),
        fetch(rip, 2),
      ])
}
