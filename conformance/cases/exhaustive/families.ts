import { FETCH_FAMILIES } from '../fetch/families.js'
import type { Exhaustive } from './exhaustive.js'

/** The families of which only digests are frozen. */
export const EXHAUSTIVE: readonly Exhaustive[] = [...FETCH_FAMILIES]
