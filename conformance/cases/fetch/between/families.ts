import { addressIn, fetch, PAGE_2, registers, TABLES } from '../../draft/fetch-layout.js'
import type { Exhaustive } from '../../exhaustive/exhaustive.js'
import { listed, type Short } from '../../exhaustive/listed.js'
import { type Change, changesOf } from './changes.js'
import { framesOf, lookUpsOf, type Mode, setupOf, tablesOf } from './world.js'

/** An instruction on one page, and one on two. */
const SHAPES = {
  within: { offset: 0xfe0n, length: 4, pages: 1 },
  across: { offset: 0xffcn, length: 8, pages: 2 },
} as const

const caseOf = (
  mode: Mode,
  accessed: boolean,
  shape: keyof typeof SHAPES,
  change: Change,
  after: number,
): Short => {
  const { offset, length } = SHAPES[shape]
  const rip = addressIn(mode.paging) + offset
  const { name, first, operation, restore } = change
  return {
    id: `${shape}${accessed ? '' : '/unaccessed'}/${name}/after-${after}`,
    ops: [
      ...tablesOf(mode, accessed),
      ...first,
      registers(mode.paging, { amd: mode.amd }),
      fetch(rip, length, { between: { after, operation } }),
      fetch(rip, length),
      ...restore,
    ],
  }
}

const all = function* (mode: Mode, space: number): Generator<() => Short> {
  // In SMM only the space that is looked up is new, and not how often.
  for (const shape of space === 0 ? (['within', 'across'] as const) : (['across'] as const))
    for (const accessed of space === 0 ? [true, false] : [true]) {
      const { pages } = SHAPES[shape]
      const frames = [...framesOf(mode), ...(pages === 2 ? [PAGE_2] : [])]
      for (const change of changesOf(space, frames))
        for (let after = 0; after <= lookUpsOf(mode, accessed, pages); after++)
          yield () => caseOf(mode, accessed, shape, change, after)
    }
}

const MODES: readonly (readonly [string, Mode])[] = [
  ...TABLES.map(paging => [paging, { paging, amd: false }] as const),
  ['pae-amd', { paging: 'pae', amd: true }],
]

/** Slots that change between any two look-ups of one fetch: it is of the set before or of the one after. */
export const between: readonly Exhaustive[] = [0, 1].flatMap(space =>
  MODES.map(([name, mode]) =>
    listed({
      name: `fetch/between${space === 0 ? '' : '-smm'}/${name}`,
      says: `a change of slots between any two look-ups of one fetch is seen by all of them or by none, in ${name} paging${space === 0 ? '' : ' and SMM'}`,
      cites: ['SEMANTICS 2: fetch-atomic', 'x86-fetch.md 4.1'],
      config: {},
      setup: setupOf(mode, space),
      cases: () => all(mode, space),
    }),
  ),
)
