import type { Operation } from '../../../../spec/terms/operation.js'
import type { Draft } from '../../draft/calls.js'
import { addressIn, type Tables } from '../../draft/fetch-layout.js'

/** A linear address on the first page. */
export const at = (paging: Tables, offset = 0x20n): bigint => addressIn(paging) + offset

export const draft = (
  id: string,
  says: string,
  ops: readonly Operation[],
  config: Draft['config'] = {},
): Draft => ({
  id: `fetch-path/${id}`,
  says,
  config,
  ops,
})

/** An entry as it stands in memory. */
export const bytesOf = (value: bigint): string => {
  let text = ''
  for (let i = 0n; i < 8n; i++) text += ((value >> (8n * i)) & 255n).toString(16).padStart(2, '0')
  return text
}
