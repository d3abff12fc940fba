import type { Citation } from '../../../spec/rewrite/index.js'
import { placeOf } from '../../../spec/rules/documents.js'

/** A citation in a line. */
export const printCitation = ({ source, at }: Citation): string => `${source}, ${at}`

/** Where to open what a citation names: a heading of a page in this repository; of Linux the version that was read. */
export const printPlace = (citation: Citation): string | null => {
  const place = placeOf(citation)
  if (place === null) return null
  return place.kind === 'linux' ? `read at ${place.readAt}` : `${place.path}#${place.anchor}`
}
