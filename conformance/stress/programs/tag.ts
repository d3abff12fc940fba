import { fromBytes, toBytes } from '../../../spec/terms/memory.js'
import { NUMBER_CODE_BYTES, numberCode, numberIn } from '../../targets/number-code.js'

/** Where each host page carries its number, which nobody overwrites. */
export const TAG = 0
export const TAG_BYTES = NUMBER_CODE_BYTES

/** The number of a page as it stands there: code that says it, so that it can be fetched as well as read. */
export const tagFor = (page: number): string => toBytes(numberCode(page))

/** The page that such bytes are of. */
export const pageOfTag = (data: string): number => numberIn(fromBytes(data))
