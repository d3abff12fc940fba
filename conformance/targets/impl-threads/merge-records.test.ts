import { expect, it } from 'vitest'
import { mergeRecords } from './merge-records.js'

it('operations that threads recorded while they overlapped are merged in the order of their common counter', () => {
  const made = (vcpu: number, from: number, to: number) => ({
    ...{ operation: { op: 'create-vcpu' as const, vcpu }, seen: { is: 'ok' as const } },
    ...{ from, to, waited: false },
  })
  const records = mergeRecords(
    [
      { tid: 0, recorded: [made(0, 0, 1), made(1, 2, 5)] },
      {
        tid: 4,
        recorded: [
          {
            operation: { op: 'read', vcpu: 0, gfn: 0, offset: 0, size: 1 },
            seen: { is: 'access', end: 'mmio' },
            from: 3,
            to: 4,
            waited: true,
          },
        ],
      },
    ],
    7,
  )
  expect(
    records.map(record => [record.ev, 'n' in record ? record.n : 'of' in record ? record.of : null]),
  ).toEqual([
    ['call', 7],
    ['return', 7],
    ['call', 8],
    ['access', 9],
    ['access-wait', 9],
    ['access-end', 9],
    ['return', 8],
  ])
})
