import { match } from 'ts-pattern'
import { below, chance, type Random } from '../../spec/generate/index.js'
import { countPages, noPages, ofRuns, type PageSet, runsOf, union } from '../../spec/terms/page-set.js'
import type { Result, Retired, Seen, SeenRetired } from '../../spec/terms/result.js'

/** Every page that must be reported, and some of those that may be. */
const reported = (r: Random, { set, maybe }: { readonly set: PageSet; readonly maybe: PageSet }): PageSet =>
  runsOf(maybe).reduce(
    (pages, [first, count]) => {
      if (chance(r, 0.5)) return pages
      return union(pages, ofRuns([[first, 1 + below(r, count)]]))
    },
    union(set, noPages),
  )

const record = (r: Random, retired: Retired, bits: boolean): readonly SeenRetired[] => {
  const { id, base, npages } = retired
  const pages = reported(r, retired)
  const count = countPages(pages)
  return count === 0 ? [] : [{ id, base, npages, count, ...(bits ? { bits: runsOf(pages) } : {}) }]
}

/** An answer that a result allows. Fields that an implementation need not observe are left out at random. */
export const answerTo = (r: Random, result: Result): Seen => {
  const given = <F extends object>(fields: F): F | Record<never, never> => (chance(r, 0.8) ? fields : {})
  return match(result)
    .returnType<Seen>()
    .with({ is: 'error' }, ({ errno, index, bound }) => ({
      is: 'error',
      errno,
      ...(index === null ? {} : { index }),
      ...(bound === null ? {} : { bound }),
    }))
    .with({ is: 'done' }, ({ generation }) => ({
      is: 'ok',
      ...(generation === null ? {} : given({ generation })),
    }))
    .with({ is: 'log' }, ({ bytes, generation, set, maybe }) => ({
      is: 'ok',
      ...given({ generation }),
      bits: runsOf(reported(r, { set, maybe })),
      ...given({ bytes }),
    }))
    .with({ is: 'batch' }, ({ generation, asked, retired }) => {
      const records = retired.flatMap(one => record(r, one, asked === 'bits'))
      const answered =
        asked === 'total'
          ? { retiredCount: records.reduce((sum, { count }) => sum + count, 0) }
          : { retired: records }
      return { is: 'ok', ...given({ generation }), ...answered }
    })
    .with({ is: 'found' }, ({ found }) => ({ is: 'ok', found }))
    .with({ is: 'ranges' }, ({ ranges }) => ({ is: 'ok', ranges }))
    .with({ is: 'access' }, ({ end, data, errno, details }) => ({
      is: 'access',
      end,
      ...(data === null ? {} : given({ data })),
      ...(errno === null ? {} : given({ errno })),
      ...(details ?? {}),
    }))
    .with({ is: 'loaded' }, ({ exception }) => ({ is: 'ok', ...(exception === null ? {} : { exception }) }))
    .exhaustive()
}
