import { below, chance, type Random } from '../../spec/generate/index.js'
import { countPages, noPages, ofRuns, type PageSet, runsOf, union } from '../../spec/terms/page-set.js'
import type { Result, Retired, Seen, SeenRetired } from '../../spec/terms/result.js'

/** What must be reported, and of what may be some. */
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

/** An answer that a result allows; what an implementation need not observe is at times left out. */
export const answerTo = (r: Random, result: Result): Seen => {
  const given = <F extends object>(fields: F): F | Record<never, never> => (chance(r, 0.8) ? fields : {})
  switch (result.is) {
    case 'error': {
      const { errno, index, bound } = result
      return {
        is: 'error',
        errno,
        ...(index === null ? {} : { index }),
        ...(bound === null ? {} : { bound }),
      }
    }
    case 'done':
      return { is: 'ok', ...(result.generation === null ? {} : given({ generation: result.generation })) }
    case 'log': {
      const { bytes, generation } = result
      return { is: 'ok', ...given({ generation }), bits: runsOf(reported(r, result)), ...given({ bytes }) }
    }
    case 'batch': {
      const retired = result.retired.flatMap(one => record(r, one, result.asked === 'bits'))
      const told =
        result.asked === 'total'
          ? { retiredCount: retired.reduce((sum, { count }) => sum + count, 0) }
          : { retired }
      return { is: 'ok', ...given({ generation: result.generation }), ...told }
    }
    case 'found':
      return { is: 'ok', found: result.found }
    case 'ranges':
      return { is: 'ok', ranges: result.ranges }
    case 'access': {
      const { end, data, errno } = result
      return {
        is: 'access',
        end,
        ...(data === null ? {} : given({ data })),
        ...(errno === null ? {} : given({ errno })),
        ...(result.told ?? {}),
      }
    }
    case 'loaded':
      return { is: 'ok', ...(result.exception === null ? {} : { exception: result.exception }) }
  }
}
