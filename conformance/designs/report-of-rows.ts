import type { Row } from '../../oracle/designs/matrix.js'
import { namesOf } from '../../oracle/designs/subjects.js'
import { ALONE, PAIR } from '../../oracle/designs/system.js'
import { SCOPES, type ScopeName } from '../../spec/designs/scope.js'
import type { DesignsReport } from './report-codec.js'

/** What `memslot designs --json` says of rows. */
export const reportOfRows = (scope: ScopeName, hash: string | null, rows: readonly Row[]): DesignsReport => {
  const { frames, hostPages, ids, kinds, every } = SCOPES[scope]
  return {
    schema: 'memslot-designs',
    version: 1,
    scope: {
      name: scope,
      frames,
      hostPages,
      ids,
      kinds,
      every,
      updates: rows[0]?.updates ?? 0,
      companies: [ALONE, PAIR].map(({ vcpus, accesses, harvests }) => ({ vcpus, accesses, harvests })),
      leftOut: rows
        .filter(row => row.leftOut > 0)
        .map(row => ({ ...namesOf(row.design), updates: row.leftOut })),
    },
    hash: hash ?? '',
    cells: rows.flatMap(row =>
      row.cells.map(({ property, holds, states, steps }) => {
        const { design, variant } = namesOf(row.design)
        return { design, property, variant, holds, states, steps }
      }),
    ),
  }
}
