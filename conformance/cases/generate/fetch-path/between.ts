import { u64 } from '../../../../spec/terms/numbers.js'
import type { Operation } from '../../../../spec/terms/operation.js'
import { batch, type Draft, entry, HOST } from '../../draft/calls.js'
import {
  A,
  fetch,
  OPEN,
  PAGE_1,
  PAGE_2,
  pointer,
  poke,
  putEntry,
  putTables,
  registers,
  SETUP,
} from '../../draft/fetch-layout.js'
import { at, draft } from './draft.js'

/** A change of slots between any two look-ups: the whole fetch is of the set before or of the one after. */
export const betweenCases = function* (): Generator<Draft> {
  const shadow = 0x100
  for (const frame of [4, 3, 2, 1, PAGE_1, PAGE_2])
    for (let after = 0; after <= 10; after++)
      for (const [name, entries] of Object.entries({
        rebacked: [entry({ id: frame, base: frame, npages: 1, hva: HOST + shadow + frame })],
        gone: [{ do: 'remove' as const, id: frame, gpa: u64(0), size: u64(0), hva: u64(0), flags: 0 }],
        'both-pages': [PAGE_1, PAGE_2].map(id => entry({ id, base: id, npages: 1, hva: HOST + shadow + id })),
      })) {
        if (name === 'both-pages' && frame !== PAGE_1) continue
        yield draft(
          `between/${name}-${frame}/after-${after}`,
          'a batch between two look-ups of one fetch is seen by all of them or by none',
          [
            ...SETUP,
            ...putTables('4-level'),
            ...[PAGE_1, PAGE_2].flatMap(page =>
              [0, 4032].map(offset => poke(HOST + shadow + page, offset, 'e5'.repeat(64))),
            ),
            ...[4, 3, 2, 1].map(level =>
              putEntry('4-level', level, pointer(level) | (OPEN & ~A), { host: HOST + shadow }),
            ),
            registers('4-level'),
            fetch(at('4-level', 0xffcn), 8, {
              between: { after, operation: batch(entries) as Extract<Operation, { op: 'batch' }> },
            }),
            fetch(at('4-level', 0xffcn), 8),
          ],
        )
      }
}
