import { faultFor } from '../../oracle/designs/faults/catalogue.js'
import type { Row } from '../../oracle/designs/matrix.js'
import { namesOf } from '../../oracle/designs/subjects.js'
import { WORKLOADS } from '../../oracle/designs/workloads.js'
import { SCOPES, type ScopeName } from '../../spec/designs/scope.js'
import type { DesignsReport } from '../reports/designs/codec.js'

/** The report of `memslot designs --json` on rows. */
export const reportOfRows = (scope: ScopeName, hash: string | null, rows: readonly Row[]): DesignsReport => {
  const { frames, hostPages, ids, kinds } = SCOPES[scope]
  return {
    schema: 'memslot-designs',
    version: 1,
    scope: {
      name: scope,
      frames,
      hostPages,
      ids,
      kinds,
      updates: rows.length === 0 ? 0 : Math.max(...rows.map(row => row.planned + row.leftOut)),
      companies: WORKLOADS.map(({ id, workload: { vcpus, accesses, harvests, switches = 0 } }) => ({
        id,
        vcpus,
        accesses,
        harvests,
        switches,
      })),
      rows: rows.map(({ design, updates, planned, withAdded }) => ({
        ...namesOf(design),
        taken: updates,
        planned,
        added: withAdded,
      })),
    },
    hash: hash ?? '',
    cells: rows.flatMap(row =>
      row.cells.map(({ property, holds, states, steps }) => {
        const { design, variant } = namesOf(row.design)
        const fault = holds === true ? (faultFor(row.design, property)?.id ?? null) : null
        return { design, property, variant, holds, states, steps, fault }
      }),
    ),
  }
}
