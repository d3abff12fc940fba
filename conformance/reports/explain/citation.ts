import type { Citation } from '../../../spec/rewrite/index.js'

/** A citation in a line. */
export const printCitation = ({ source, at }: Citation): string => `${source}, ${at}`
