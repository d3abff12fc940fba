import { nounFor } from '../../../../spec/terms/counted.js'

/** `3.914 ms`, from ten seconds on `12.5 s`; `unknown` where a time was not recorded. */
export const ms = (seconds: number | null): string => {
  if (seconds === null) return 'unknown'
  return seconds < 10 ? `${(seconds * 1e3).toFixed(3)} ms` : `${seconds.toFixed(1)} s`
}

const UNITS = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB', 'EiB'] as const

/** `511 MiB`, `96 KiB`, `1.5 GiB`: at most one decimal. */
export const bytes = (size: bigint): string => {
  let value = Number(size)
  let unit = 0
  while (value >= 1024 && unit < UNITS.length - 1) {
    value /= 1024
    unit++
  }
  return `${Number.isInteger(value) ? value : value.toFixed(1)} ${UNITS[unit]}`
}

/** `0xc0000-0xd7fff`: first and last byte. */
export const range = ({ gpa, size }: { gpa: string; size: string }): string =>
  `${gpa}-0x${(BigInt(gpa) + BigInt(size) - 1n).toString(16)}`

export const plural = (count: number, one: string, many?: string): string =>
  `${grouped(count)} ${nounFor(count, one, many)}`

/** `131 064`: digits in groups of three, by a space that does not break. */
export const grouped = (count: number): string => String(count).replace(/\B(?=(\d{3})+$)/g, '\u00a0')

const NAMED_THREADS = 6

/** `thread 20970`, `threads 1 and 2`, `no other vCPU thread`, or `unknown`. */
export const threads = (tids: readonly number[] | null): string => {
  if (tids === null) return 'unknown'
  if (tids.length === 0) return 'no other vCPU thread'
  if (tids.length > NAMED_THREADS) return `${tids.length} threads (${tids.slice(0, 3).join(', ')} …)`
  const last = tids.at(-1)
  return tids.length === 1 ? `thread ${last}` : `threads ${tids.slice(0, -1).join(', ')} and ${last}`
}

/** Per cent with two decimals, cut and not rounded: only all is 100 %. */
export const percent = (part: number, whole: number): string =>
  whole === 0 ? '-' : `${(Math.floor((part / whole) * 10_000) / 100).toFixed(2)} %`

/** Thread ids for a table's cell. */
export const threadIds = (tids: readonly number[] | null): string => {
  if (tids === null) return 'unknown'
  const more = tids.length - 2
  return more > 1 ? `${tids.slice(0, 2).join(' ')} +${more}` : tids.join(' ')
}
