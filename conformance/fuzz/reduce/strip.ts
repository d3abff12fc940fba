import type { Operation } from '../../../spec/terms/operation.js'

/** Fields that an operation can do without. */
const OPTIONS = [
  'caller',
  'argument',
  'allocation',
  'bitmap',
  'result',
  'reserved',
  'ioctl',
  'generation',
] as const

const without = (o: Operation, option: string): Operation =>
  Object.fromEntries(Object.entries(o).filter(([key]) => key !== option)) as unknown as Operation // only options go

const fewerEntries = (o: Operation): readonly Operation[] => {
  if (o.op !== 'batch') return []
  const { entries } = o
  return [
    ...entries.map((_, i) => ({ ...o, entries: entries.toSpliced(i, 1) })),
    ...entries.flatMap((entry, i) => {
      const { reserved, ...rest } = entry
      return reserved === undefined ? [] : [{ ...o, entries: entries.with(i, rest) }]
    }),
  ]
}

const fewerPages = (o: Operation): readonly Operation[] =>
  o.op === 'clear-dirty'
    ? o.pages.flatMap(([first, count], i) => [
        { ...o, pages: o.pages.toSpliced(i, 1) },
        ...(count > 1 ? [{ ...o, pages: o.pages.with(i, [first, 1] as const) }] : []),
        ...(first > 0 && i === 0 ? [{ ...o, pages: o.pages.with(i, [0, count] as const).slice(0, 1) }] : []),
      ])
    : []

const ZERO_BYTE = '00'

const simplerData = (o: Operation): readonly Operation[] => {
  if (!('data' in o) || o.data === undefined) return []
  const entry = o.op === 'ad-update'
  const simple = [entry ? '0000000000000001' : '01', entry ? ZERO_BYTE.repeat(8) : ZERO_BYTE]
  // Only what comes before it in this list is simpler.
  const at = simple.indexOf(o.data)
  const wanted = at < 0 ? simple : simple.slice(0, at)
  return wanted.map(data =>
    o.op === 'kernel-access' ? { ...o, data, size: data.length / 2 } : { ...o, data },
  )
}

/** An operation with something taken away: an option, an entry, a page, the value of its bytes. */
const strippedOperation = (o: Operation): readonly Operation[] => [
  ...OPTIONS.filter(option => option in o).map(option => without(o, option)),
  ...fewerEntries(o),
  ...fewerPages(o),
  ...simplerData(o),
]

/** The operations with something taken away from one of them. */
export const stripped = function* (ops: readonly Operation[]): Generator<readonly Operation[]> {
  for (const [i, o] of ops.entries()) for (const simpler of strippedOperation(o)) yield ops.with(i, simpler)
}
