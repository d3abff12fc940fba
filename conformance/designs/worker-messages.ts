import type { Row } from '../../oracle/designs/matrix.js'
import type { ScopeName } from '../../spec/designs/scope.js'

/** A row of the matrix to be computed. */
export interface RowJob {
  readonly scope: ScopeName
  /** Name of the row. */
  readonly subject: string
  /** Names of properties; all of them where there is none. */
  readonly properties: readonly string[]
}

export type FromWorker =
  | { readonly kind: 'progress'; readonly done: number; readonly total: number }
  | { readonly kind: 'row'; readonly row: Row }
